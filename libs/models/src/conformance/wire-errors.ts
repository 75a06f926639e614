import type { ModelError, ModelErrorCode } from '../model-error.ts';

/** An error as a server says it, before it is put into the envelope of one API. */
export interface WireError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly errorCode?: string | undefined;
}

type Said = Pick<WireError, 'status' | 'type' | 'errorCode'>;

const saidByMessagesApi: Readonly<Record<ModelErrorCode, Said>> = {
  auth: { status: 401, type: 'authentication_error' },
  rate_limit: { status: 429, type: 'rate_limit_error' },
  budget: { status: 402, type: 'billing_error' },
  model: { status: 400, type: 'invalid_request_error' },
  refusal: { status: 400, type: 'invalid_request_error' },
  context_overflow: { status: 413, type: 'request_too_large' },
};

const saidByChat: Readonly<Record<ModelErrorCode, Said>> = {
  auth: { status: 401, type: 'invalid_request_error', errorCode: 'invalid_api_key' },
  rate_limit: { status: 429, type: 'requests', errorCode: 'rate_limit_exceeded' },
  budget: { status: 429, type: 'insufficient_quota', errorCode: 'insufficient_quota' },
  model: { status: 400, type: 'invalid_request_error' },
  refusal: { status: 400, type: 'invalid_request_error', errorCode: 'content_filter' },
  context_overflow: { status: 400, type: 'invalid_request_error', errorCode: 'context_length_exceeded' },
};

/** How the Messages API says what a model behind the server failed by. */
export function messagesErrorFor(error: ModelError): WireError {
  return { ...saidByMessagesApi[error.code], ...detailOf(error) };
}

/** How OpenAI says it. */
export function chatErrorFor(error: ModelError): WireError {
  return { ...saidByChat[error.code], ...detailOf(error) };
}

function detailOf({ message, retryAfterMs }: ModelError): Pick<WireError, 'message' | 'retryAfterSeconds'> {
  return { message, ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: retryAfterMs / 1000 }) };
}

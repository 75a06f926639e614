import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { isModelError, ModelError, type ModelErrorCode } from '../model-error.ts';

const spendLimits = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
]);

const codesByType: Readonly<Record<string, readonly [ModelErrorCode, boolean]>> = {
  authentication_error: ['auth', false],
  permission_error: ['auth', false],
  billing_error: ['budget', false],
  rate_limit_error: ['rate_limit', true],
  overloaded_error: ['rate_limit', true],
  timeout_error: ['model', true],
  api_error: ['model', true],
  conflict_error: ['model', true],
  invalid_request_error: ['model', false],
  not_found_error: ['model', false],
  request_too_large: ['context_overflow', false],
};

/** The one table from a failure of the SDK, a status or an error inside the stream to a cause and whether trying again may help. */
export function modelErrorFor(error: unknown): ModelError {
  if (isModelError(error)) return error;
  if (error instanceof APIConnectionError) {
    return new ModelError('model', `The model provider cannot be reached: ${reasonOf(error)}`, {
      transient: true,
      cause: error,
    });
  }
  if (error instanceof APIError) return fromApiError(error as APIError);
  // A broken socket in the middle of a stream arrives as a plain error.
  return new ModelError('model', `The reply broke off: ${reasonOf(error)}`, {
    transient: true,
    cause: error,
  });
}

/** Whether the provider may have worked on a reply before this happened: it neither refused the request nor was out of reach. */
export function mayHaveBegun({ status, cause }: ModelError): boolean {
  return status === undefined && !wasOutOfReach(cause);
}

/** Codes of a connection that never came about, so that nothing was sent. */
const outOfReach = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function wasOutOfReach(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return (typeof code === 'string' && outOfReach.has(code)) || wasOutOfReach(cause);
}

function fromApiError(error: APIError): ModelError {
  const [code, transient] = classify(error);
  return new ModelError(code, error.apiMessage ?? error.message, {
    transient,
    status: error.status,
    retryAfterMs: retryAfterMs(error.headers),
    cause: error,
  });
}

function classify(error: APIError): readonly [ModelErrorCode, boolean] {
  const message = error.apiMessage ?? error.message;
  if (error.errorCode !== null && spendLimits.has(error.errorCode)) return ['budget', false];
  // The API reports these two only as an invalid request with a text.
  if (/credit balance is too low/i.test(message)) return ['budget', false];
  if (/prompt is too long|exceed context limit/i.test(message)) return ['context_overflow', false];
  const byType = error.type === null ? undefined : codesByType[error.type];
  return byType ?? classifyStatus(error.status);
}

function classifyStatus(status: number | undefined): readonly [ModelErrorCode, boolean] {
  if (status === undefined) return ['model', true];
  if (status === 401 || status === 403) return ['auth', false];
  if (status === 402) return ['budget', false];
  if (status === 413) return ['context_overflow', false];
  if (status === 429 || status === 529) return ['rate_limit', true];
  return ['model', status === 408 || status === 409 || status >= 500];
}

function retryAfterMs(headers: Headers | undefined): number | undefined {
  const value = headers?.get('retry-after');
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return cause === undefined ? error.message : `${error.message} (${cause})`;
}

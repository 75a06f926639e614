import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { brokenOff, classifyStatus, retryAfterMs, unreachable } from '../call/failure.ts';
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
  if (error instanceof APIConnectionError) return unreachable(error);
  if (error instanceof APIError) return fromApiError(error as APIError);
  return brokenOff(error);
}

function fromApiError(error: APIError): ModelError {
  const [code, transient] = classify(error);
  return new ModelError(code, error.apiMessage ?? error.message, {
    transient,
    status: error.status,
    retryAfterMs: retryAfterMs(error.headers),
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

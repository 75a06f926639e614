import { APIConnectionError, APIError } from 'openai';
import { brokenOff, classifyStatus, retryAfterMs, unreachable } from '../call/failure.ts';
import { isModelError, ModelError, type ModelErrorCode } from '../model-error.ts';

type Verdict = readonly [code: ModelErrorCode, transient: boolean];

/** Codes and types of errors, of OpenAI, vLLM, llama.cpp and gateways; they tell more than the status. */
const verdictsByWord: Readonly<Record<string, Verdict | undefined>> = {
  insufficient_quota: ['budget', false],
  billing_hard_limit_reached: ['budget', false],
  billing_not_active: ['budget', false],
  budget_exceeded: ['budget', false],
  invalid_api_key: ['auth', false],
  authentication_error: ['auth', false],
  permission_error: ['auth', false],
  context_length_exceeded: ['context_overflow', false],
  exceed_context_size_error: ['context_overflow', false],
  ContextWindowExceededError: ['context_overflow', false],
  string_above_max_length: ['context_overflow', false],
  content_filter: ['refusal', false],
  content_policy_violation: ['refusal', false],
  rate_limit_exceeded: ['rate_limit', true],
  rate_limit_error: ['rate_limit', true],
  overloaded_error: ['rate_limit', true],
  server_error: ['model', true],
  internal_server_error: ['model', true],
  unavailable_error: ['model', true],
};

/** Servers that have no word for it say it in these. */
const tooLong =
  /maximum context length|context (?:window|size|length)|exceeds the available context|prompt is too long|input is too long/iu;
const noMoney =
  /insufficient (?:credits|balance|funds)|credit balance is too low|exceeded your current quota/iu;

/** The one table from a failure of the SDK, a status or an error inside the stream to a cause and whether trying again may help. */
export function modelErrorFor(error: unknown): ModelError {
  if (isModelError(error)) return error;
  if (error instanceof APIConnectionError) return unreachable(error);
  if (error instanceof APIError) return fromApiError(error as APIError);
  if (error instanceof SyntaxError)
    return new ModelError('model', 'The provider sent an event that is no JSON.', { transient: true });
  return brokenOff(error);
}

function fromApiError(error: APIError): ModelError {
  const [code, transient] = classify(error);
  return new ModelError(code, error.message, {
    transient,
    // An error inside the stream has none, though its body may hold a number like one: the reply had begun.
    status: error.status,
    retryAfterMs: retryAfterMs(error.headers),
  });
}

function classify(error: APIError): Verdict {
  if (noMoney.test(error.message)) return ['budget', false];
  for (const word of [error.code, error.type]) {
    const verdict =
      typeof word === 'string' && Object.hasOwn(verdictsByWord, word) ? verdictsByWord[word] : undefined;
    if (verdict !== undefined) return verdict;
  }
  const status = error.status ?? numberOf(error.code);
  if (isAboutInput(status) && tooLong.test(error.message)) return ['context_overflow', false];
  if (error.status === undefined && error.type === 'invalid_request_error') return ['model', false];
  return classifyStatus(status);
}

function isAboutInput(status: number | undefined): boolean {
  return status === undefined || (status >= 400 && status < 500 && status !== 429) || status === 500;
}

/** Gateways put the status they got into the body's code. */
function numberOf(code: unknown): number | undefined {
  const status = typeof code === 'string' || typeof code === 'number' ? Number(code) : Number.NaN;
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

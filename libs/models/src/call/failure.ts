import type { Redactor } from '@missions/kernel';
import { ModelError, type ModelErrorCode } from '../model-error.ts';

/** Proxies answer with whole pages; a person needs the first lines. */
const LONGEST_MESSAGE = 1000;

/** What a failure means when only its HTTP status tells: cause, and whether trying again may help. */
export function classifyStatus(status: number | undefined): readonly [ModelErrorCode, boolean] {
  if (status === undefined) return ['model', true];
  if (status === 401 || status === 403) return ['auth', false];
  if (status === 402) return ['budget', false];
  if (status === 413) return ['context_overflow', false];
  if (status === 429 || status === 529) return ['rate_limit', true];
  return ['model', status === 408 || status === 409 || status >= 500];
}

/** The shortest wait a provider asked for, in milliseconds, however it spelled it. */
export function retryAfterMs(headers: Headers | undefined): number | undefined {
  const precise = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(precise)) return Math.max(0, precise);
  const value = headers?.get('retry-after');
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** The headers of an answer that was a refusal, as the SDKs keep them. */
export function headersOf(error: unknown): Headers | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { headers } = error as { readonly headers?: unknown };
  return headers instanceof Headers ? headers : undefined;
}

export function unreachable(error: Error): ModelError {
  return new ModelError('model', `The model provider cannot be reached: ${reasonOf(error)}`, {
    transient: true,
    cause: error,
  });
}

/** A broken socket in the middle of a stream arrives as a plain error. */
export function brokenOff(error: unknown): ModelError {
  return new ModelError('model', `The reply broke off: ${reasonOf(error)}`, {
    transient: true,
    cause: error,
  });
}

/** The error without what a provider repeated of a key, and not longer than a person reads. */
export function presentable(error: ModelError, redactor: Redactor): ModelError {
  const redacted = redactor.redact(error.message);
  const message = redacted.length > LONGEST_MESSAGE ? `${redacted.slice(0, LONGEST_MESSAGE)}…` : redacted;
  if (message === error.message) return error;
  const { code, transient, retryAfterMs: waitMs, status, cause } = error;
  const kept = redacted === error.message ? cause : undefined;
  return new ModelError(code, message, { transient, retryAfterMs: waitMs, status, cause: kept });
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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return cause === undefined ? error.message : `${error.message} (${cause})`;
}

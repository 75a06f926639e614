import type { Problem } from '@missions/contracts';
import { isConflict, isRefusal } from '@missions/kernel';
import { HttpException } from '@nestjs/common';
import { ServiceAwayError } from '../asking-by-name.ts';

/** Refusals that are not simply "this cannot be done" (422). */
const statuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  PERSON_REQUIRED: 403,
  AGENT_MAY_NOT_DECIDE: 403,
  MISSION_NOT_FOUND: 404,
  VERSION_NOT_FOUND: 404,
  UNKNOWN_QUESTION: 404,
  UNKNOWN_APPROVAL: 404,
  UNKNOWN_RUN: 404,
  UNKNOWN_ASSERTION: 404,
  UNKNOWN_SUBJECT: 404,
  UNKNOWN_FEATURE: 404,
  UNKNOWN_NEGOTIATION: 404,
  UNKNOWN_LEDGER: 404,
  UNKNOWN_CLAIM: 404,
  ARTIFACT_NOT_FOUND: 404,
  TOKEN_NOT_FOUND: 404,
  NOTHING_COMMITTED: 404,
  MISSION_EXISTS: 409,
  MISSION_OVER: 409,
  NOT_PAUSABLE: 409,
  NOT_RESUMABLE: 409,
  APPROVAL_PENDING: 409,
  QUESTION_CLOSED: 409,
  NOT_AWAITING_APPROVAL: 409,
  STALE_APPROVAL: 409,
  ALREADY_WAIVED: 409,
  FEATURE_NOT_OPEN: 409,
  DUPLICATE_MESSAGE: 409,
  BRANCH_MOVED: 409,
  EVENT_ID_TAKEN: 409,
  CONFIRMATION_REQUIRED: 409,
  CLAIM_ENDED: 409,
  CLAIM_GRANTED: 409,
  CLAIM_WAITING: 409,
  STALE_TOKEN: 409,
  LOCK_CYCLE: 409,
  UNSIGNED_COMMAND: 500,
  SIGNATURE_REQUIRED: 500,
  COMMAND_KEY_MISSING: 500,
};

/** Codes of faults that will pass: the client may ask again. */
const unavailable = new Set([
  'BUS_NO_RESPONDERS',
  'BUS_TIMEOUT',
  'BUS_DISCONNECTED',
  'OWNER_UNREACHABLE',
  'STORE_UNAVAILABLE',
]);

const servers: Readonly<Record<string, string>> = { BUS_DISCONNECTED: 'NATS', STORE_UNAVAILABLE: 'Postgres' };

const titles: Readonly<Record<number, string>> = {
  400: 'Malformed request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Media type not supported',
  422: 'Refused',
  503: 'Not available now',
};

/** Any error as problem details (RFC 9457); `code` is stable. A fault gives nothing of itself away. */
export function problemForError(error: unknown): Problem {
  if (isRefusal(error))
    return problem(statuses[error.code] ?? 422, error.code, error.message, { evidence: error.evidence });
  if (isConflict(error)) {
    const { stream, expected, actual } = error;
    return problem(409, 'CONCURRENCY', error.message, { evidence: { stream, expected, actual } });
  }
  if (error instanceof HttpException) return problemForHttp(error);
  const code = codeOf(error);
  if (code !== undefined && unavailable.has(code))
    return problem(503, code, `${partAway(error)} does not answer at the moment; try again.`);
  const status = clientFault(error);
  if (status !== undefined) return problem(status, 'MALFORMED_REQUEST', (error as Error).message);
  return problem(500, 'FAULT', 'Something went wrong on this side; the log of mission-control says what.');
}

function problemForHttp(error: HttpException): Problem {
  const status = error.getStatus();
  const response = error.getResponse();
  const code = status === 404 ? 'NO_SUCH_ROUTE' : status === 503 ? 'NOT_READY' : 'MALFORMED_REQUEST';
  const report = typeof response === 'object' && 'checks' in response ? response : {};
  return { ...problem(status, code, error.message), ...report };
}

function problem(status: number, code: string, detail: string, more: object = {}): Problem {
  return {
    type: `urn:missions:error:${code}`,
    title: titles[status] ?? 'Fault',
    status,
    detail,
    code,
    ...more,
  };
}

/** The part that the error, or whatever caused it, says is away. */
function partAway(error: unknown): string {
  if (error instanceof ServiceAwayError) return error.service;
  const server = servers[codeOf(error) ?? ''];
  if (server !== undefined) return server;
  return error instanceof Error && error.cause !== undefined ? partAway(error.cause) : 'A part of the system';
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The HTTP server's own refusals (a body too large, broken JSON) carry their status. */
function clientFault(error: unknown): number | undefined {
  const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

import { JetStreamApiError } from '@nats-io/jetstream';
import { AuthorizationError, errors } from '@nats-io/transport-node';
import { BusError, TailMovedError, TopologyError } from '../bus-error.ts';

/** What the client threw, in the words of the port. Errors of the port itself pass unchanged. */
export function toBusError(error: unknown, doing: string): Error {
  if (isOurs(error)) return error;
  const cause = { cause: error };
  const chain = causesOf(error);
  const why = chain.map(({ message }) => message).join(': ') || String(error);
  if (chain.some(isForbidden)) {
    return new BusError('BUS_FORBIDDEN', `NATS refused ${doing}: ${why}`, cause);
  }
  if (isNoResponders(error)) {
    return new BusError('BUS_NO_RESPONDERS', `Nobody answers while ${doing}.`, cause);
  }
  if (chain.some((one) => one instanceof errors.TimeoutError)) {
    return new BusError('BUS_TIMEOUT', `No answer in time while ${doing}.`, cause);
  }
  if (error instanceof JetStreamApiError) {
    return new BusError('BUS_REMOTE_FAULT', `JetStream refused ${doing}: ${why}`, cause);
  }
  return new BusError('BUS_DISCONNECTED', `NATS was lost while ${doing}: ${why}`, cause);
}

export function hasApiCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** Nobody listens on the subject. A publish hides it behind an error of its own, "jetstream is not enabled". */
export function isNoResponders(error: unknown): boolean {
  return causesOf(error).some(
    (one) =>
      one instanceof errors.NoRespondersError || (one instanceof errors.RequestError && one.isNoResponders()),
  );
}

function isForbidden(error: Error): boolean {
  return error instanceof AuthorizationError || error instanceof errors.PermissionViolationError;
}

/** The error and what caused it, outermost first: the client wraps some of its errors. */
function causesOf(error: unknown): readonly Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function isOurs(error: unknown): error is Error {
  return error instanceof BusError || error instanceof TailMovedError || error instanceof TopologyError;
}

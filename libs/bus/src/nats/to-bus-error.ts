import { JetStreamApiError } from '@nats-io/jetstream';
import { AuthorizationError, errors } from '@nats-io/transport-node';
import { BusError, TailMovedError, TopologyError } from '../bus-error.ts';

/** What the client threw, in the words of the port. Errors of the port itself pass unchanged. */
export function toBusError(error: unknown, doing: string): Error {
  if (isOurs(error)) return error;
  const cause = { cause: error };
  if (error instanceof AuthorizationError || error instanceof errors.PermissionViolationError) {
    return new BusError('BUS_FORBIDDEN', `NATS refused ${doing}: ${error.message}`, cause);
  }
  if (isNoResponders(error)) {
    return new BusError('BUS_NO_RESPONDERS', `Nobody answers while ${doing}.`, cause);
  }
  if (error instanceof errors.TimeoutError) {
    return new BusError('BUS_TIMEOUT', `No answer in time while ${doing}.`, cause);
  }
  if (error instanceof JetStreamApiError) {
    return new BusError('BUS_REMOTE_FAULT', `JetStream refused ${doing}: ${error.message}`, cause);
  }
  const why = error instanceof Error ? error.message : String(error);
  return new BusError('BUS_DISCONNECTED', `NATS was lost while ${doing}: ${why}`, cause);
}

export function hasApiCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

export function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof errors.RequestError && error.isNoResponders();
}

function isOurs(error: unknown): error is Error {
  return error instanceof BusError || error instanceof TailMovedError || error instanceof TopologyError;
}

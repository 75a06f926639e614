import { ConcurrencyError } from '@missions/kernel';
import { idTaken, staleToken, streamForbidden, unknownToken } from '../append-refusals.ts';
import type { PreparedAppend } from '../prepared-append.ts';
import { isTransient, StoreUnavailableError } from '../store-unavailable.ts';

/** What the server and the driver say about a trouble. */
interface DriverError {
  readonly message?: string;
  /** An SQLSTATE, or the system's name for a failed call. */
  readonly code?: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/** Classes and codes after which the same call may succeed: lost connections, shutdown, resources, locks, deadlocks. */
const TRANSIENT_SQLSTATE = /^(?:08|53|57P0[1-5]|40001|40P01|55P03|57014|25P0[34])/;
const LOST_SQLSTATE = /^(?:08|57P|25P0[34])/;
const SYSTEM_ERROR =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** The driver's own words for a connection that is gone; they carry no code. */
const LOST_CONNECTION =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/;

/** Whether the error says that the connection, not the statement, was the trouble. */
export function isConnectionLost(error: unknown): boolean {
  const { message = '', code = '' } = driverError(error);
  return LOST_CONNECTION.test(message) || SYSTEM_ERROR.test(code) || LOST_SQLSTATE.test(code);
}

/** Translates what the driver threw: transient faults become `StoreUnavailableError`, everything else stays what it is. */
export function faultOf(error: unknown): unknown {
  const { message = '', code = '' } = driverError(error);
  if (isTransient(error)) return error;
  if (!isConnectionLost(error) && !TRANSIENT_SQLSTATE.test(code)) return error;
  return new StoreUnavailableError(message, { cause: error });
}

/** Translates what `append_events` raised into the refusals and conflicts of `EventStore.append`. */
export function appendErrorOf(error: unknown, append: PreparedAppend): unknown {
  const { code, detail } = driverError(error);
  const { stream, expectedVersion, token } = append;
  switch (code) {
    case 'MS001':
      return new ConcurrencyError(stream, Number(expectedVersion), Number(detail));
    case 'MS002':
      return staleToken({ stream, token, highest: Number(detail) });
    case 'MS009':
      return unknownToken({ stream, token });
    case '42501':
      return streamForbidden(stream);
    case 'MS004':
    case '23505':
      return idTaken(stream);
    default:
      return faultOf(error);
  }
}

/** Whether an insert met an id or a version that is in the log already. */
export function isUniqueViolation(error: unknown): boolean {
  return driverError(error).code === '23505';
}

/** Whether a lock was not to be had in time, or only by waiting for one another. */
export function isLockTrouble(error: unknown): boolean {
  const { code = '' } = driverError(error);
  return code === '55P03' || code === '40P01';
}

function driverError(error: unknown): DriverError {
  return typeof error === 'object' && error !== null ? error : {};
}

import { DomainError, type EventEnvelope, type NewEvent } from '@missions/kernel';
import type { StreamAppend } from './event-store.ts';
import type { SecretGuard } from './secret-guard.ts';

/** An event stays small; what is larger is an artifact it names. */
export const MAX_EVENT_BYTES = 65_536;

/** An event as it is written: the two JSON texts are what the hash chain covers. */
export interface PreparedEvent {
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  /** Provenance without the token. */
  readonly meta: string;
  readonly data: string;
}

/** An append that every adapter may write as it is. */
export interface PreparedAppend {
  readonly stream: string;
  readonly expectedVersion: number | 'any';
  readonly token: number | undefined;
  readonly events: readonly PreparedEvent[];
  /** The argument as JSON text. */
  readonly beside?: { readonly call: string; readonly argument: string };
}

const STREAM_NAME = /^[\x21-\x7e]{1,300}$/;
/** An id may name a stream, a claim and a command, each as long as it may be. */
// eslint-disable-next-line no-control-regex -- names are lines of the hashed text and fields of a packed list
const NAME = /^[^\x00-\x1f\x7f]{1,1000}$/;

/** Serialises the events and refuses what no store may hold: see the codes of `EventStore.append`. */
export function prepareAppend(append: StreamAppend, guard: SecretGuard): PreparedAppend {
  const { stream, expectedVersion, events, beside } = append;
  if (!STREAM_NAME.test(stream))
    throw malformed(`${JSON.stringify(stream)} is not a stream name.`, { stream });
  if (new Set(events.map(({ id }) => id)).size < events.length) {
    throw malformed(`Two events for ${stream} have the same id.`, { stream });
  }
  return {
    stream,
    expectedVersion,
    token: commonToken(stream, events),
    events: events.map((event) => prepareEvent(stream, event, guard)),
    ...(beside && { beside: { call: beside.call, argument: JSON.stringify(beside.argument ?? null) } }),
  };
}

/** The envelopes of events that were appended behind version `before`. */
export function envelopesBehind(before: number, { stream, events }: StreamAppend): readonly EventEnvelope[] {
  return events.map((event, index) => ({ ...event, stream, version: before + index + 1 }));
}

function commonToken(stream: string, events: readonly NewEvent[]): number | undefined {
  const token = events[0]?.token;
  if (events.some((event) => event.token !== token)) {
    throw malformed(`The events of one append to ${stream} carry different tokens.`, { stream });
  }
  return token;
}

function prepareEvent(stream: string, event: NewEvent, guard: SecretGuard): PreparedEvent {
  const { id, type, schema } = event;
  if (!NAME.test(id) || !NAME.test(type) || !Number.isInteger(schema) || schema < 1) {
    throw malformed(`An event for ${stream} has no proper id, type or schema number.`, {
      stream,
      id,
      type,
      schema,
    });
  }
  const { occurredAt, actor, correlationId, causationId, traceparent } = event;
  const meta = JSON.stringify({ occurredAt, actor, correlationId, causationId, traceparent });
  const data = jsonOf(stream, event);
  refuseLarge(
    stream,
    event,
    meta.length + data.length,
    () => Buffer.byteLength(meta) + Buffer.byteLength(data),
  );
  const secret = guard.nameIn(data) ?? guard.nameIn(meta);
  if (secret !== undefined) {
    throw new DomainError(
      'SECRET_IN_EVENT',
      `${type} for ${stream} contains the secret ${secret}; it was not written.`,
      {
        stream,
        type,
        secret,
      },
    );
  }
  return { id, type, schema, meta, data };
}

function jsonOf(stream: string, { type, data }: NewEvent): string {
  try {
    return JSON.stringify(data ?? null);
  } catch (error) {
    throw malformed(`The data of ${type} for ${stream} is not JSON: ${String(error)}`, { stream, type });
  }
}

function refuseLarge(stream: string, { type }: NewEvent, characters: number, countBytes: () => number): void {
  // A character takes at most three bytes, so most events need no exact count.
  if (characters * 3 <= MAX_EVENT_BYTES) return;
  const bytes = countBytes();
  if (bytes <= MAX_EVENT_BYTES) return;
  throw new DomainError(
    'EVENT_TOO_LARGE',
    `${type} for ${stream} has ${String(bytes)} bytes; an event has at most ${String(MAX_EVENT_BYTES)}. Store long strings as artifacts.`,
    { stream, type, bytes, limit: MAX_EVENT_BYTES },
  );
}

function malformed(message: string, evidence: Readonly<Record<string, unknown>>): DomainError {
  return new DomainError('EVENT_MALFORMED', message, evidence);
}

import type { EventEnvelope, Provenance } from '@missions/kernel';

/** An event as an adapter holds it, JSON parsed. */
export interface EventRow {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  readonly token: number | null;
  readonly meta: Omit<Provenance, 'token'>;
  readonly data: unknown;
}

export function envelopeOf(row: EventRow): EventEnvelope {
  const { stream, version, id, type, schema, token, meta, data } = row;
  const { occurredAt, actor, correlationId, causationId, traceparent } = meta;
  const envelope = { stream, version, id, type, schema, occurredAt, actor, correlationId, causationId, data };
  if (token === null && traceparent === undefined) return envelope;
  return { ...envelope, ...(token !== null && { token }), ...(traceparent !== undefined && { traceparent }) };
}

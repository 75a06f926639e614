import { z } from 'zod';
import { actorSchema, type Actor } from './actor.ts';

/** A fact as a decider produces it: a past-tense type and its data, nothing about where it will be stored. */
export interface Fact<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** What every event of one append has in common. */
export interface Provenance {
  readonly occurredAt: string;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
  /** The fencing token the writer acts under; on a run stream the store refuses one below the highest recorded. */
  readonly token?: number;
}

/** A fact ready to be appended. Its id is deterministic (derived from the command), so a repeated append is recognised. */
export interface NewEvent<Type extends string = string, Data = unknown> extends Fact<Type, Data>, Provenance {
  readonly id: string;
  readonly schema: number;
}

/** A stored event: `version` counts from 1 without gaps inside its stream. */
export interface EventEnvelope<Type extends string = string, Data = unknown> extends NewEvent<Type, Data> {
  readonly stream: string;
  readonly version: number;
}

/** The envelope on every surface (CLI, HTTP, bus); `data` is checked by the event registry, not here. */
export const eventEnvelopeSchema = z.strictObject({
  id: z.string().min(1),
  stream: z.string().min(1),
  version: z.int().positive(),
  type: z.string().min(1),
  schema: z.int().positive(),
  occurredAt: z.iso.datetime(),
  actor: actorSchema,
  correlationId: z.string().min(1),
  causationId: z.string().min(1),
  traceparent: z.string().optional(),
  token: z.int().nonnegative().optional(),
  data: z.unknown(),
});

/** Turns the facts of one command into events whose ids derive from the command's id: `<commandId>/<index>`. */
export function eventsOf<Type extends string, Data>(
  commandId: string,
  facts: readonly Fact<Type, Data>[],
  provenance: Provenance,
): readonly NewEvent<Type, Data>[] {
  return facts.map((fact, index) => ({
    ...provenance,
    id: `${commandId}/${String(index)}`,
    schema: 1,
    type: fact.type,
    data: fact.data,
  }));
}

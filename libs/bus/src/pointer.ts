import type { EventEnvelope } from '@missions/kernel';
import { z } from 'zod';

/**
 * What the internal stream carries: where an event lies in the log, never its content. A reader acts on what the log says
 * there, so a forged or stale pointer can waste a query and nothing more.
 */
export const eventPointerSchema = z.object({
  stream: z.string().min(1),
  version: z.int().positive(),
  id: z.string().min(1),
  type: z.string().min(1),
});

export type EventPointer = Readonly<z.infer<typeof eventPointerSchema>>;

/** Reads a message of the internal stream; throws a `SyntaxError` or `ZodError` when it is no pointer. */
export function parsePointer(text: string): EventPointer {
  return eventPointerSchema.parse(JSON.parse(text));
}

export function pointerTo({ stream, version, id, type }: EventEnvelope): EventPointer {
  return { stream, version, id, type };
}

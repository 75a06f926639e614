import { ConcurrencyError, DomainError, isConflict, isRefusal } from '@missions/kernel';
import { z } from 'zod';
import { BusError } from '../bus-error.ts';

/** An answer on the wire: the value, or the refusal, conflict or fault that came instead. */
const replySchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done'), value: z.unknown() }),
  z.object({
    outcome: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    evidence: z.record(z.string(), z.unknown()),
  }),
  z.object({
    outcome: z.literal('conflict'),
    stream: z.string(),
    expected: z.number(),
    actual: z.number(),
  }),
  z.object({ outcome: z.literal('failed'), message: z.string() }),
]);

export function encodeSuccess(value: unknown): string {
  return JSON.stringify({ outcome: 'done', value: value ?? null });
}

export function encodeFailure(error: unknown): string {
  if (isRefusal(error)) {
    const { code, message, evidence } = error;
    return JSON.stringify({ outcome: 'refused', code, message, evidence });
  }
  if (isConflict(error)) {
    const { stream, expected, actual } = error;
    return JSON.stringify({ outcome: 'conflict', stream, expected, actual });
  }
  const message = error instanceof Error ? error.message : String(error);
  return JSON.stringify({ outcome: 'failed', message });
}

/** The value of the answer; throws what the other side threw. */
export function decodeReply(text: string): unknown {
  const reply = replySchema.parse(JSON.parse(text));
  switch (reply.outcome) {
    case 'done':
      return reply.value;
    case 'refused':
      throw new DomainError(reply.code, reply.message, reply.evidence);
    case 'conflict':
      throw new ConcurrencyError(reply.stream, reply.expected, reply.actual);
    case 'failed':
      throw new BusError('BUS_REMOTE_FAULT', reply.message);
  }
}

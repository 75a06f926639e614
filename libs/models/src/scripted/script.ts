import { z } from 'zod';
import { modelErrorCodeSchema } from '../model-error.ts';
import { stopReasonSchema, usageSchema } from '../reply.ts';

const match = z.strictObject({
  role: z.string().optional(),
  task: z.string().optional(),
  feature: z.string().optional(),
  milestone: z.string().optional(),
  round: z.int().optional(),
  attempt: z.int().optional(),
  question: z.string().optional(),
});

const call = z.strictObject({
  tool: z.string().min(1),
  input: z.record(z.string(), z.unknown()).default({}),
});

const failure = z.strictObject({
  code: modelErrorCodeSchema,
  message: z.string().default('The script fails here.'),
  retryAfterMs: z.int().nonnegative().optional(),
});

const turn = z.strictObject({
  text: z.string().optional(),
  calls: z.array(call).default([]),
  usage: usageSchema.partial().optional(),
  delayMs: z.int().nonnegative().optional(),
  /** Where absent: `tool_use` with calls, `end_turn` without. */
  stopReason: stopReasonSchema.optional(),
  /** Instead of a reply: what the call fails by. */
  error: failure.optional(),
});

/** What a scripted model answers: runs are tried in order, the first match wins. */
export const scriptSchema = z.strictObject({
  version: z.literal(1),
  runs: z.array(z.strictObject({ match, turns: z.array(turn).min(1) })),
});

export type Script = z.infer<typeof scriptSchema>;
export type ScriptedRun = Script['runs'][number];
export type ScriptedTurn = ScriptedRun['turns'][number];

/** The keys an object of a script may have, by the name of the field that holds it. */
export const scriptKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(scriptSchema.shape),
  runs: ['match', 'turns'],
  match: Object.keys(match.shape),
  turns: Object.keys(turn.shape),
  calls: Object.keys(call.shape),
  usage: Object.keys(usageSchema.shape),
  error: Object.keys(failure.shape),
};

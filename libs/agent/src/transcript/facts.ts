import { contentBlockSchema, stopReasonSchema, usageSchema } from '@missions/models';
import { z } from 'zod';

const turn = z.int().nonnegative();
const costUsd = z.union([z.number().nonnegative(), z.literal('unpriced')]);

/** A holder began or took over. `lostCall` charges, at its worst case, a call that may have been under way when the last holder vanished. */
export const runResumedSchema = z.strictObject({
  token: z.int().nonnegative(),
  holder: z.string(),
  lostCall: z.strictObject({ turn, costUsd, usage: usageSchema }).optional(),
  at: z.string().optional(),
});

/** What the run was told at its start; recorded once, so that every holder sends the same prefix. */
export const contextAssembledSchema = z.strictObject({
  model: z.string(),
  system: z.string(),
  firstMessage: z.string(),
  tools: z.array(z.string()),
  /** SHA-256 of system prompt, first message and names of tools: runs with the same one were told the same. */
  promptHash: z.string().optional(),
  /** Files of the repository that it was told about, by the SHA-256 of their content. */
  sources: z.array(z.strictObject({ path: z.string(), digest: z.string() })).optional(),
  /** The commit that its workspace was laid out on: what the conversation knows of the files holds for this one. */
  baseSha: z.string().optional(),
});

/** A complete reply of the model. */
export const turnRecordedSchema = z.strictObject({
  turn,
  reply: z.array(contentBlockSchema),
  stopReason: stopReasonSchema,
  usage: usageSchema,
  costUsd,
  /** SHA-256 of the request this is the reply to. */
  requestDigest: z.string(),
  /** How many calls of the reply were left out because they were too many for one turn. */
  droppedCalls: z.int().positive().optional(),
  at: z.string(),
});

/** Why a call was answered without being executed. */
export const refusedCallSchema = z.enum([
  'unknown_tool',
  'invalid_input',
  'malformed',
  'second_close',
  'outcome_unknown',
]);

export const recordedResultSchema = z.strictObject({
  callId: z.string(),
  tool: z.string(),
  content: z.string(),
  isError: z.boolean(),
  refused: refusedCallSchema.optional(),
  /** True on the accepted closing call: the run is over. */
  closes: z.boolean().optional(),
  captured: z.unknown().optional(),
});

/** The results of every call of one turn. */
export const toolResultsRecordedSchema = z.strictObject({
  turn,
  results: z.array(recordedResultSchema),
  at: z.string().optional(),
});

/** A text that enters the conversation as the user: a person's message or a reminder of the engine. */
export const messageInjectedSchema = z.strictObject({
  messageId: z.string(),
  text: z.string(),
  turn,
  by: z.enum(['person', 'engine']),
});

/** The workspace as it was after a turn. */
export const checkpointTakenSchema = z.strictObject({
  turn,
  sha: z.string(),
  bundle: z.string().optional(),
});

/** The holder paused cleanly: no call was under way, and `callsPending` says that this turn's calls were not started. */
export const runSuspendedSchema = z.strictObject({
  turn,
  callsPending: z.boolean(),
  at: z.string().optional(),
});

/**
 * A call that came to no reply; charged at its worst case. `cut` says that the stream broke off and that the same request
 * may be under way again; any other reason, and none, that nobody waits for a reply.
 */
export const callAbandonedSchema = z.strictObject({
  turn,
  costUsd,
  usage: usageSchema,
  why: z.enum(['cut', 'stopped', 'paused', 'out_of_time']).optional(),
});

const compactionReason = z.enum(['window', 'overflow']);

/** Old outputs left the conversation to make room; each is kept as the artifact it names. */
export const outputsClearedSchema = z.strictObject({
  turn,
  /** `window`: the next request would have come near the context window. `overflow`: one was too long for it. */
  reason: compactionReason,
  outputs: z.array(
    z.strictObject({
      turn,
      callId: z.string(),
      digest: z.string(),
      bytes: z.int().nonnegative(),
    }),
  ),
});

/** The turns up to `upTo` left the conversation, and this summary stands in their place. */
export const contextSummarizedSchema = z.strictObject({
  turn,
  reason: compactionReason,
  upTo: turn,
  summary: z.string(),
  /** `engine` where the model gave none. */
  by: z.enum(['model', 'engine']),
  usage: usageSchema,
  costUsd,
  requestDigest: z.string(),
  at: z.string(),
});

/** One thing that an agent that is not ours did or said within a turn, as it was seen from outside. */
export const externalActivitySchema = z.strictObject({
  kind: z.enum([
    'session',
    'message',
    'thought',
    'plan',
    'tool',
    'permission',
    'read',
    'write',
    'command',
    'usage',
    'trouble',
  ]),
  text: z.string(),
  /** What the engine measured, where the engine did it for the agent; plain JSON. */
  captured: z.unknown().optional(),
});

/** What an external agent did since the last such fact; a flood is coalesced and counted, not kept. */
export const externalUpdateRecordedSchema = z.strictObject({
  turn,
  at: z.string(),
  activities: z.array(externalActivitySchema),
  omitted: z.strictObject({ activities: z.int().nonnegative(), bytes: z.int().nonnegative() }).optional(),
});

/** A call of a model that an external agent is about to make through the egress proxy; in the log before it is let out. */
export const externalCallBegunSchema = z.strictObject({
  callId: z.string(),
  turn,
  model: z.string(),
  /** What is charged if nobody hears how it ended. */
  worst: z.strictObject({ usage: usageSchema, costUsd }),
  at: z.string(),
});

/** How such a call ended, as the proxy saw it. */
export const externalCallRecordedSchema = z.strictObject({
  callId: z.string().optional(),
  turn,
  model: z.string(),
  usage: usageSchema,
  costUsd,
  at: z.string(),
  /** Its holder vanished before it ended, so that its worst case is charged. */
  lost: z.boolean().optional(),
});

/** The engine asks a helper on behalf of the run, before the run's own conversation; in the log before its model is called. */
export const helperAskedSchema = z.strictObject({ helper: z.string(), at: z.string() });

export const transcriptSchemas = {
  RunResumed: runResumedSchema,
  ContextAssembled: contextAssembledSchema,
  TurnRecorded: turnRecordedSchema,
  ToolResultsRecorded: toolResultsRecordedSchema,
  MessageInjected: messageInjectedSchema,
  CheckpointTaken: checkpointTakenSchema,
  RunSuspended: runSuspendedSchema,
  CallAbandoned: callAbandonedSchema,
  OutputsCleared: outputsClearedSchema,
  ContextSummarized: contextSummarizedSchema,
  ExternalUpdateRecorded: externalUpdateRecordedSchema,
  ExternalCallBegun: externalCallBegunSchema,
  ExternalCallRecorded: externalCallRecordedSchema,
  HelperAsked: helperAskedSchema,
} as const;

export type TranscriptFactType = keyof typeof transcriptSchemas;

/** Everything a `run-<id>` stream can say. */
export type TranscriptFact = {
  readonly [Type in TranscriptFactType]: {
    readonly type: Type;
    readonly data: z.infer<(typeof transcriptSchemas)[Type]>;
  };
}[TranscriptFactType];

export type ExternalActivity = z.infer<typeof externalActivitySchema>;
export type ExternalCallBegun = z.infer<typeof externalCallBegunSchema>;
export type RecordedResult = z.infer<typeof recordedResultSchema>;
export type TurnRecorded = z.infer<typeof turnRecordedSchema>;
export type OutputsCleared = z.infer<typeof outputsClearedSchema>;
export type ContextSummarized = z.infer<typeof contextSummarizedSchema>;
export type CompactionReason = z.infer<typeof compactionReason>;
export type RefusedCall = z.infer<typeof refusedCallSchema>;

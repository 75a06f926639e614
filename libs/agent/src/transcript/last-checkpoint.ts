import type { z } from 'zod';
import type { checkpointTakenSchema, TranscriptFact } from './facts.ts';

/** Where a takeover restores the workspace from; undefined when nothing was written yet. */
export function lastCheckpoint(
  facts: readonly TranscriptFact[],
): z.infer<typeof checkpointTakenSchema> | undefined {
  return facts.findLast((fact) => fact.type === 'CheckpointTaken')?.data;
}

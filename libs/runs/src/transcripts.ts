import { EventTranscript, type ToolContext, type TranscriptFact } from '@missions/agent';
import type { StreamReader } from '@missions/event-store';
import { runStream, type Role, type RunState } from '@missions/mission';
import type { RunHost } from './run-host.ts';

/** The transcript of a run, or of a helper inside it in a role of its own, written under the run's token. */
export function transcriptOf(
  host: RunHost,
  run: RunState,
  runId: string,
  role: Role = runId === run.id ? run.role : 'researcher',
): EventTranscript {
  return new EventTranscript({
    store: host.store,
    artifacts: host.artifacts,
    runId,
    token: run.token,
    actor: { kind: 'agent', id: runId, role },
    correlationId: run.id,
    causationId: run.id,
    clock: host.clock,
  });
}

/**
 * The id of a helper's transcript; the same after a takeover, so that what it read is not read again. The turn is part of
 * it, because some model servers give every turn the same call ids.
 */
export function helperRun(
  runId: string,
  { turn, callId }: Pick<ToolContext, 'turn' | 'callId'>,
  index: number,
): string {
  return `${runId}.${String(turn)}.${callId.replace(/[^\w]/g, '_')}.${String(index)}`;
}

export async function factsOf(reader: StreamReader, runId: string): Promise<readonly TranscriptFact[]> {
  const events = await reader.read(runStream(runId));
  return events.map(({ type, data }) => ({ type, data }) as TranscriptFact);
}

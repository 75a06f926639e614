import { EventTranscript, foldRun, type RunUsage, type TranscriptFact } from '@missions/agent';
import type { StreamReader } from '@missions/event-store';
import { runStream, type RunState } from '@missions/mission';
import type { RunHost } from './run-host.ts';

/** The transcript of a run, or of a helper inside it, written under the run's token. */
export function transcriptOf(host: RunHost, run: RunState, runId: string): EventTranscript {
  const role = runId === run.id ? run.role : 'researcher';
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

/** The id of a helper's transcript; the same after a takeover, so that what it read is not read again. */
export function helperRun(runId: string, callId: string, index: number): string {
  return `${runId}.${callId.replace(/[^\w]/g, '_')}.${String(index)}`;
}

/** The transcripts of a run and of every helper it asked, for what the whole cost. */
export async function transcriptsOf(
  reader: StreamReader,
  runId: string,
): Promise<readonly (readonly TranscriptFact[])[]> {
  const own = await factsOf(reader, runId);
  const found: (readonly TranscriptFact[])[] = [own];
  for (const callId of researchCalls(own))
    for (let index = 0; ; index += 1) {
      const facts = await factsOf(reader, helperRun(runId, callId, index));
      if (facts.length === 0) break;
      found.push(facts);
    }
  return found;
}

export async function factsOf(reader: StreamReader, runId: string): Promise<readonly TranscriptFact[]> {
  const events = await reader.read(runStream(runId));
  return events.map(({ type, data }) => ({ type, data }) as TranscriptFact);
}

function researchCalls(facts: readonly TranscriptFact[]): readonly string[] {
  return facts.flatMap((fact) =>
    fact.type === 'TurnRecorded'
      ? fact.data.reply.flatMap((block) =>
          block.type === 'tool_use' && block.name === 'research' ? [block.id] : [],
        )
      : [],
  );
}

export function usageOf(facts: readonly TranscriptFact[]): RunUsage {
  return foldRun(facts).usage;
}

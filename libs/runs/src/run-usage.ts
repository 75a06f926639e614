import { foldRun, type RunUsage, type TranscriptFact } from '@missions/agent';
import type { StreamReader } from '@missions/event-store';
import { addUsage, noUsage, type Usage } from '@missions/mission';
import { factsOf, helperRun } from './transcripts.ts';

/** What a run and every helper it asked have used, over all holders, as their transcripts say. */
export async function runUsage(reader: StreamReader, runId: string): Promise<Usage> {
  const own = await factsOf(reader, runId);
  const helpers = await Promise.all(helpersOf(runId, own).map((helper) => factsOf(reader, helper)));
  return [own, ...helpers].map((facts) => settled(foldRun(facts).usage)).reduce(addUsage, noUsage);
}

/** Every helper that may have been asked; one that never began has an empty transcript. */
function helpersOf(runId: string, facts: readonly TranscriptFact[]): readonly string[] {
  return facts.flatMap((fact) => {
    if (fact.type !== 'TurnRecorded') return [];
    const { turn, reply } = fact.data;
    return reply.flatMap((block) =>
      block.type === 'tool_use' && block.name === 'research'
        ? Array.from({ length: mostQuestions }, (_, index) =>
            helperRun(runId, { turn, callId: block.id }, index),
          )
        : [],
    );
  });
}

/** More questions than one call of `research` may ask. The call's own input is no measure: it may lie in an artifact. */
const mostQuestions = 8;

function settled({ turns, input, output, cacheRead, cacheWrite, costUsd }: RunUsage): Usage {
  const unpriced = costUsd === 'unpriced';
  return { turns, input, output, cacheRead, cacheWrite, costUsd: unpriced ? 0 : costUsd, unpriced };
}

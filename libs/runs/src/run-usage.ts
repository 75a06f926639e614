import { mostQuestions, type TranscriptFact } from '@missions/agent';
import type { StreamReader } from '@missions/event-store';
import {
  addUsage,
  mostHelperEntries,
  noUsage,
  type HelperUsage,
  type LostCalls,
  type ModelUsage,
  type Usage,
} from '@missions/mission';
import { factsOf, helperRun } from './transcripts.ts';

/** What a run used, over all its holders; helpers and lost calls are parts of it that are told apart. */
export interface RunLedger {
  readonly usage: Usage;
  /** Without its helpers. */
  readonly own: Usage;
  /** That by model, where it called more than one. */
  readonly models?: readonly ModelUsage[];
  readonly helpers: readonly HelperUsage[];
  readonly lost?: LostCalls;
}

/** What a run and every helper it asked have used, as their transcripts say. */
export async function runLedger(reader: StreamReader, runId: string): Promise<RunLedger> {
  const own = await factsOf(reader, runId);
  const asked = await Promise.all(
    helpersOf(runId, own).map(async (id) => ({ id, facts: await factsOf(reader, id) })),
  );
  const helpers = asked.filter(({ facts }) => facts.length > 0);
  const charges = [own, ...helpers.map(({ facts }) => facts)].flatMap(chargesOf);
  const lost = charges.filter((charge) => charge.lost);
  return {
    usage: sum(charges),
    own: sum(chargesOf(own)),
    ...byModel(chargesOf(own)),
    helpers: shortened(helpers.map(({ id, facts }) => helperUsage(id, facts))),
    ...(lost.length > 0 && { lost: { calls: lost.length, usage: sum(lost) } }),
  };
}

export async function runUsage(reader: StreamReader, runId: string): Promise<Usage> {
  return (await runLedger(reader, runId)).usage;
}

interface Charge {
  readonly usage: Usage;
  /** The reply never came, so that its worst case is charged. */
  readonly lost: boolean;
  /** Where it is another than the run's. */
  readonly model?: string;
}

type Cost = Pick<Extract<TranscriptFact, { type: 'TurnRecorded' }>['data'], 'usage' | 'costUsd'>;

/** Everything a transcript says to have cost something, whatever it was for. */
function chargesOf(facts: readonly TranscriptFact[]): readonly Charge[] {
  return facts.flatMap((fact) => {
    if (fact.type === 'RunResumed')
      return fact.data.lostCall ? [{ usage: usageOf(fact.data.lostCall, 0), lost: true }] : [];
    if (!('costUsd' in fact.data)) return [];
    const turns = fact.type === 'TurnRecorded' ? 1 : 0;
    return [
      {
        usage: usageOf(fact.data, turns),
        lost:
          fact.type === 'CallAbandoned' || (fact.type === 'ExternalCallRecorded' && fact.data.lost === true),
        ...(fact.type === 'ExternalCallRecorded' && { model: fact.data.model }),
      },
    ];
  });
}

/** What has no price counts as tokens; what has one counts beside it. */
function usageOf({ usage, costUsd }: Cost, turns: number): Usage {
  const unpriced = costUsd === 'unpriced';
  const { input, output, cacheRead, cacheWrite } = usage;
  return { turns, input, output, cacheRead, cacheWrite, costUsd: unpriced ? 0 : costUsd, unpriced };
}

function byModel(charges: readonly Charge[]): Pick<RunLedger, 'models'> {
  if (charges.every(({ model }) => model === undefined)) return {};
  const groups = Map.groupBy(charges, ({ model }) => model);
  return {
    models: [...groups].map(([model, group]) => ({
      usage: sum(group),
      ...(model !== undefined && { model }),
    })),
  };
}

function sum(charges: readonly Charge[]): Usage {
  return charges.map(({ usage }) => usage).reduce(addUsage, noUsage);
}

function helperUsage(id: string, facts: readonly TranscriptFact[]): HelperUsage {
  const told = facts.find((fact) => fact.type === 'ContextAssembled');
  const usage = sum(chargesOf(facts));
  return { id: id.slice(0, 200), usage, ...(told && { model: told.data.model.slice(0, 200) }) };
}

/** A run that asked very many helpers names the first of them; the others are one entry. */
function shortened(helpers: readonly HelperUsage[]): readonly HelperUsage[] {
  if (helpers.length <= mostHelperEntries) return helpers;
  const named = helpers.slice(0, mostHelperEntries - 1);
  const others = helpers.slice(named.length);
  const usage = others.map((helper) => helper.usage).reduce(addUsage, noUsage);
  return [...named, { id: `${String(others.length)} more`, usage }];
}

/** Every helper that may have been asked; one that never began has an empty transcript. */
function helpersOf(runId: string, facts: readonly TranscriptFact[]): readonly string[] {
  const asked = facts.flatMap((fact) => {
    if (fact.type === 'HelperAsked') return [fact.data.helper];
    if (fact.type !== 'TurnRecorded') return [];
    const { turn, reply } = fact.data;
    // The call's own input is no measure of how many it asked: it may lie in an artifact.
    return reply.flatMap((block) =>
      block.type === 'tool_use' && block.name === 'research'
        ? Array.from({ length: mostQuestions }, (_, index) =>
            helperRun(runId, { turn, callId: block.id }, index),
          )
        : [],
    );
  });
  // Two holders may each have named the same one.
  return [...new Set(asked)];
}

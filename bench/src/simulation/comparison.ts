import type { Stance } from '@missions/leasing';
import { commitHistory } from './history.ts';
import { planMissions } from './mission-plan.ts';
import { seeded } from './random.ts';
import { simulate, type Fate, type Outcome, type Policy } from './simulate.ts';

/** One way to share, and what became of the same missions under it. */
export interface Row {
  readonly name: string;
  readonly waitedMs: number;
  readonly longestWaitMs: number;
  readonly makespanMs: number;
  readonly missionsPerDay: number;
  readonly opened: number;
  readonly settled: number;
  readonly failed: number;
  /** How often each kind of agreement was reached, right and goodwill apart; and how often a waiting claim stepped back. */
  readonly agreed: Readonly<Record<string, number>>;
  /** The most talks that one claim asked for while it waited. */
  readonly mostTalks: number;
  /** The mission that lost most: its time from start to end over the same under that policy. */
  readonly worst: { readonly exclusive: number; readonly paths: number };
  /** How many missions took more than 10 % longer than under that policy. */
  readonly worseOff: { readonly exclusive: number; readonly paths: number };
}

const ways: readonly (readonly [name: string, policy: Policy, stance?: Stance])[] = [
  ['FIFO, whole repository', 'exclusive'],
  ['FIFO, modes and paths', 'paths'],
  ['negotiation, mixed stances', 'negotiation'],
  ['negotiation, all greedy', 'negotiation', 'greedy'],
  ['negotiation, all neutral', 'negotiation', 'neutral'],
  ['negotiation, all yielding', 'negotiation', 'yielding'],
];

/** The same missions under every way to share, in the order exclusive, paths, negotiation, then single stances. */
export function compare(seed: number, missions: number, take = ways.length): readonly Row[] {
  const plans = planMissions(commitHistory(), missions, seeded(seed));
  const played = ways.slice(0, take).map(([name, policy, stance]) => ({
    name,
    outcome: simulate(plans, policy, stance),
  }));
  const [exclusive, paths] = played;
  if (exclusive === undefined || paths === undefined) throw new Error('There is nothing to compare with.');
  return played.map(({ name, outcome }) => rowOf(name, outcome, [exclusive.outcome, paths.outcome]));
}

/** What the target asks and is not so; empty when it is met. */
export function missed([exclusive, paths, negotiation]: readonly Row[]): readonly string[] {
  if (exclusive === undefined || paths === undefined || negotiation === undefined)
    return ['nothing was played'];
  return [
    negotiation.waitedMs > exclusive.waitedMs / 2 && 'waiting is more than half of FIFO on the repository',
    negotiation.waitedMs >= paths.waitedMs && 'waiting is not less than under FIFO with modes and paths',
    negotiation.worseOff.exclusive + negotiation.worseOff.paths > 0 &&
      'a mission takes more than 10 % longer than under a FIFO',
  ].filter((fault) => fault !== false);
}

function rowOf(
  name: string,
  { fates, counts, mostTalks }: Outcome,
  against: readonly [Outcome, Outcome],
): Row {
  const makespanMs = Math.max(...fates.map(({ finishedAtMs }) => finishedAtMs));
  const [exclusive, paths] = against.map((other) => ratios(fates, other.fates));
  const worst = (all: readonly number[] = []): number => Math.max(...all);
  const worse = (all: readonly number[] = []): number => all.filter((ratio) => ratio > 1.1).length;
  return {
    name,
    waitedMs: fates.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
    longestWaitMs: Math.max(...fates.map(({ longestWaitMs }) => longestWaitMs)),
    makespanMs,
    missionsPerDay: (fates.length * 86_400_000) / makespanMs,
    opened: counts['NegotiationOpened'] ?? 0,
    settled: counts['NegotiationSettled'] ?? 0,
    failed: counts['NegotiationFailed'] ?? 0,
    agreed: Object.fromEntries(Object.entries(counts).filter(([what]) => what.startsWith('agreed'))),
    mostTalks,
    worst: { exclusive: worst(exclusive), paths: worst(paths) },
    worseOff: { exclusive: worse(exclusive), paths: worse(paths) },
  };
}

function ratios(fates: readonly Fate[], others: readonly Fate[]): readonly number[] {
  return fates.map(({ tookMs }, place) => tookMs / (others[place]?.tookMs ?? tookMs));
}

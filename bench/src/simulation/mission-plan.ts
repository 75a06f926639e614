import type { Stance, Want } from '@missions/leasing';
import type { Commit } from './history.ts';
import type { Random } from './random.ts';
import { declaredTouches, folderOf, inRepository } from './touches.ts';

/** Work that ends in a checkpoint: what was changed in it is committed, and others may go on from there. */
export interface Stretch {
  readonly changes: readonly string[];
  /** What the run expects, and tells others. */
  readonly foreseenMs: number;
  readonly actualMs: number;
}

/** One claim and the work under it. */
export interface Piece {
  /** What the plan says: the folders of what will be changed, and what is only read. */
  readonly declared: readonly Want[];
  /** What is read up to the end. */
  readonly reads: readonly Want[];
  readonly stretches: readonly Stretch[];
  /** From the end of the piece before. */
  readonly pauseMs: number;
}

export interface MissionPlan {
  readonly missionId: string;
  readonly startsAtMs: number;
  readonly stance: Stance;
  readonly priority: number;
  readonly pieces: readonly Piece[];
}

const minuteMs = 60_000;
const checkpointEveryMs = 12 * minuteMs;
const meanBetweenStartsMs = 25 * minuteMs;

/** The same missions for the same seed, whatever is tried on them. */
export function planMissions(
  history: readonly Commit[],
  missions: number,
  random: Random,
): readonly MissionPlan[] {
  let startsAtMs = 0;
  return Array.from({ length: missions }, (_, place) => {
    startsAtMs += Math.round(-Math.log(1 - random.unit()) * meanBetweenStartsMs);
    const stance = (['greedy', 'neutral', 'neutral', 'yielding'] as const)[random.below(4)] ?? 'neutral';
    const priority = random.chance(0.1) ? 1 : 0;
    const first = random.below(history.length);
    const features = 3 + random.below(4);
    const pieces = Array.from({ length: features }, (__, n) => feature(history, first + n, random));
    pieces.push(userTesting(random));
    return { missionId: `mission-${String(place + 1)}`, startsAtMs, stance, priority, pieces };
  });
}

// Neighbours in the history are features of one mission: they were made in a row.
function feature(history: readonly Commit[], place: number, random: Random): Piece {
  const at = (one: number): Commit => history[one % history.length] ?? [];
  const changed = at(place);
  const touches = declaredTouches(changed);
  const looksAt = Array.from({ length: random.below(3) }, () =>
    folderOf(at(random.below(history.length))[0] ?? 'docs/x'),
  );
  const reads = [...new Set(looksAt)].map((path) => inRepository(path, 'S'));
  // A planner that is not sure whether something will only be read declares that it is touched.
  const declaredReads = reads.map((want) => (random.chance(0.3) ? { ...want, mode: 'X' as const } : want));
  return {
    declared: [...touches, ...declaredReads],
    reads,
    stretches: stretches(changed, random),
    pauseMs: random.durationMs(3 * minuteMs, 0.5),
  };
}

function stretches(changed: Commit, random: Random): readonly Stretch[] {
  const durationMs = random.durationMs(35 * minuteMs, 0.6);
  const count = Math.max(1, Math.min(changed.length, Math.round(durationMs / checkpointEveryMs)));
  return Array.from({ length: count }, (_, n) => {
    const from = Math.round((n * changed.length) / count);
    const to = Math.round(((n + 1) * changed.length) / count);
    const foreseenMs = Math.round(durationMs / count);
    const actualMs = Math.round(foreseenMs * (random.chance(0.03) ? 1.3 : 0.8 + 0.2 * random.unit()));
    return { changes: changed.slice(from, to), foreseenMs, actualMs };
  });
}

/** The product is started and driven from outside, on a host that all missions share. */
function userTesting(random: Random): Piece {
  const wants: readonly Want[] = [
    { resource: `port:/host/${String(8080 + random.below(12))}`, mode: 'X' },
    { resource: 'pool:/host/browsers', mode: 'X', units: 1 },
    ...(random.chance(0.3) ? [{ resource: 'env:/host/staging', mode: 'X' as const }] : []),
  ];
  const foreseenMs = random.durationMs(10 * minuteMs, 0.4);
  const actualMs = Math.round(foreseenMs * (random.chance(0.1) ? 1.2 : 1));
  const stretch = { changes: [], foreseenMs, actualMs };
  return { declared: wants, reads: wants, stretches: [stretch], pauseMs: 2 * minuteMs };
}

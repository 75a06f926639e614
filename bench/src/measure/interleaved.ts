import { delay } from '@missions/kernel';
import { monotonicMs } from './monotonic.ts';
import { median, spreadOf, type Spread } from './spread.ts';

/** What one measurement of each side gives, in the same unit. */
export interface Sides {
  readonly ours: () => Promise<number>;
  readonly floor: () => Promise<number>;
}

export interface Compared {
  readonly ours: Spread;
  readonly floor: Spread;
  /** Ours by floor, round by round: what the machine does besides hits both sides of a round alike. */
  readonly ratio: Spread;
}

export interface Round {
  readonly ours: number;
  readonly floor: number;
}

/** Takes the two sides in turns, now one first, now the other; a first round of each is for warming up. */
export async function interleaved(rounds: number, sides: Sides): Promise<Compared> {
  await inTurn(0, sides);
  const taken: Round[] = [];
  for (let round = 0; round < rounds; round += 1) taken.push(await inTurn(round, sides));
  return compared(taken);
}

export interface Sampling {
  readonly rounds: number;
  readonly samples: number;
  /** For so long both sides run in turns before anything is measured. */
  readonly warmUpMs: number;
}

/** What a sample leaves behind (a relay that publishes, a cursor that moves) must not be found by the next one. */
const SETTLE_MS = 8;
/** The same of all that warming up left behind. */
const SETTLE_WARM_MS = 200;

/**
 * Takes single samples in turns; a round is the median of so many of each side. What is measured is a service that has been
 * up for a while: its engine compiles what has run often.
 */
export async function interleavedSamples(sampling: Sampling, sides: Sides): Promise<Compared> {
  const { rounds, samples, warmUpMs } = sampling;
  const settled: Sides = { ours: afterPause(sides.ours), floor: afterPause(sides.floor) };
  const warmAt = monotonicMs() + warmUpMs;
  for (let turn = 0; turn === 0 || monotonicMs() < warmAt; turn += 1) await inTurn(turn, sides);
  await delay(SETTLE_WARM_MS);
  const taken: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const pairs: Round[] = [];
    for (let sample = 0; sample < samples; sample += 1) pairs.push(await inTurn(sample, settled));
    taken.push({
      ours: median(pairs.map(({ ours }) => ours)),
      floor: median(pairs.map(({ floor }) => floor)),
    });
  }
  return compared(taken);
}

function afterPause(sample: () => Promise<number>): () => Promise<number> {
  return async () => {
    await delay(SETTLE_MS);
    return sample();
  };
}

async function inTurn(turn: number, sides: Sides): Promise<Round> {
  if (turn % 2 === 0) {
    const floor = await sides.floor();
    return { floor, ours: await sides.ours() };
  }
  const ours = await sides.ours();
  return { ours, floor: await sides.floor() };
}

/** Both sides of each round, whoever took them in turns. */
export function compared(rounds: readonly Round[]): Compared {
  return {
    ours: spreadOf(rounds.map(({ ours }) => ours)),
    floor: spreadOf(rounds.map(({ floor }) => floor)),
    ratio: spreadOf(rounds.map(({ ours, floor }) => ours / floor)),
  };
}

import { spreadOf, type Spread } from './spread.ts';

/** What one round of each side gave, in the same unit. */
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

/** Takes the two sides in turns, first one, then the other first; a first round of each is for warming up. */
export async function interleaved(rounds: number, sides: Sides): Promise<Compared> {
  await sides.floor();
  await sides.ours();
  const pairs: { readonly ours: number; readonly floor: number }[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push(await pair(round % 2 === 0, sides));
  return {
    ours: spreadOf(pairs.map(({ ours }) => ours)),
    floor: spreadOf(pairs.map(({ floor }) => floor)),
    ratio: spreadOf(pairs.map(({ ours, floor }) => ours / floor)),
  };
}

async function pair(
  floorFirst: boolean,
  sides: Sides,
): Promise<{ readonly ours: number; readonly floor: number }> {
  if (floorFirst) {
    const floor = await sides.floor();
    return { floor, ours: await sides.ours() };
  }
  const ours = await sides.ours();
  return { ours, floor: await sides.floor() };
}

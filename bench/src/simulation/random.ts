/** Numbers that depend on nothing but the seed. */
export interface Random {
  /** At least 0, below 1. */
  readonly unit: () => number;
  /** A whole number at least 0, below `end`. */
  readonly below: (end: number) => number;
  readonly chance: (probability: number) => boolean;
  /** Log-normal: half of them are below the median, and a few take much longer. */
  readonly durationMs: (medianMs: number, spread: number) => number;
}

/** Mulberry32, which is enough for a simulation and short enough to be read. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  const unit = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return {
    unit,
    below: (end) => Math.floor(unit() * end),
    chance: (probability) => unit() < probability,
    durationMs: (medianMs, spread) => Math.round(medianMs * Math.exp(spread * normal())),
  };
}

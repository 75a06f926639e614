/** Choices that follow from one number, so that a walk that went wrong can be walked again. */
export class RandomChoice {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Mulberry32: small, and good enough to pick from short lists. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(values.length)];
  }

  /** The first value with the given probability, else one of the rest. */
  mostly<Value>(usual: Value, others: readonly Value[], probability = 0.75): Value {
    return this.chance(probability) ? usual : (this.pick(others) ?? usual);
  }
}

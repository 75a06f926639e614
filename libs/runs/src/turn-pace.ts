/** Turns that the pace is measured by: what a run did long ago says little about what it does now. */
const remembered = 5;

/** How fast a run's turns follow each other, so that it can foresee its next end of a turn. */
export class TurnPace {
  private turn: number | undefined;
  private begunAtMs = 0;
  private lastMs: readonly number[] = [];

  /** The run is in this turn at this monotonic instant. */
  at(turn: number, nowMs: number): void {
    if (turn === this.turn) return;
    if (this.turn !== undefined) this.lastMs = [...this.lastMs, nowMs - this.begunAtMs].slice(-remembered);
    this.turn = turn;
    this.begunAtMs = nowMs;
  }

  /** The monotonic instant at which the present turn ends if it takes as long as the median of the last; undefined before there is one. */
  get turnEndsAtMs(): number | undefined {
    const sorted = this.lastMs.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    return median === undefined ? undefined : this.begunAtMs + median;
  }
}

/** Fifty missions need some ten thousand; beyond this they go round in a circle. */
const mostSteps = 60_000;

/** What happens later in simulated time; at one instant in the order in which it was asked for. */
export class Agenda {
  private readonly entries: { readonly atMs: number; readonly act: () => void }[] = [];
  nowMs = 0;

  /** ISO 8601, as the ledger wants it. */
  get at(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.nowMs).toISOString();
  }

  after(ms: number, act: () => void): void {
    const atMs = this.nowMs + ms;
    const later = this.entries.findIndex((entry) => entry.atMs > atMs);
    this.entries.splice(later < 0 ? this.entries.length : later, 0, { atMs, act });
  }

  /** Ends when nothing is left to happen; throws when that never comes. */
  run(): void {
    let steps = 0;
    for (let next = this.entries.shift(); next !== undefined; next = this.entries.shift()) {
      steps += 1;
      if (steps > mostSteps) throw new Error(`The simulation did not end within ${String(mostSteps)} steps.`);
      this.nowMs = next.atMs;
      next.act();
    }
  }
}

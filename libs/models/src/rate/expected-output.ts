/** How much of the mean is set aside, so that few replies are longer than their guess. */
const margin = 1.5;
/** The mean before any reply has come: most replies of agents call a tool and say little. */
const startingTokens = 1000;
/** What a new reply weighs in the mean; the last dozen or so make nearly all of it. */
const weight = 1 / 8;

/** How long the next reply of an account may be, by how long the recent ones were. */
export class ExpectedOutput {
  private mean = startingTokens;

  note(outputTokens: number): void {
    this.mean += (outputTokens - this.mean) * weight;
  }

  /** Never more than the longest reply that the call allows. */
  guess(maxTokens: number): number {
    return Math.min(maxTokens, Math.ceil(this.mean * margin));
  }
}

import { StopRun, type BudgetMeter, type RunOutcome, type TranscriptFact } from '@missions/agent';
import { isConflict } from '@missions/kernel';
import { PauseRun, type ClaimedRun } from './claimed-run.ts';
import { runHelper, type Helper } from './child-run.ts';
import { transcriptOf } from './transcripts.ts';

const maxAttempts = 5;

type HelperOutcome = Extract<RunOutcome, { readonly kind: 'closed' | 'text' | 'failed' }>;

/** How a helper ended, and all that it said on its way. */
export interface HelperEnd {
  readonly outcome: HelperOutcome;
  readonly facts: readonly TranscriptFact[];
}

/**
 * Helpers that the engine asks on behalf of a run, before the run's own conversation begins. The run's transcript names each
 * before its model is called, so that what it spent is found whoever ends the run; one that has ended is not asked again.
 */
export class ChildRuns {
  private naming: Promise<void> = Promise.resolve();
  private readonly named = new Set<string>();

  constructor(
    private readonly claimed: ClaimedRun,
    readonly budget: BudgetMeter,
  ) {}

  /**
   * Resolves when the helper has ended or failed. Rejects with what stops the run, with a `PauseRun` once it came to rest for a
   * pause, and with faults of the store.
   */
  async ask(helper: Helper): Promise<HelperEnd> {
    const { claimed, budget } = this;
    await this.name(helper.id);
    const { signal, pauseSignal, host, run } = claimed;
    const outcome = await runHelper(claimed, { budget, signal, pauseSignal }, helper);
    signal.throwIfAborted();
    if (outcome.kind === 'suspended') throw new PauseRun();
    if (outcome.kind === 'closed' || outcome.kind === 'text' || outcome.kind === 'failed')
      return { outcome, facts: await transcriptOf(host, run, helper.id, helper.role).load() };
    throw new StopRun(
      'release',
      outcome.kind === 'released' ? outcome.detail : `A helper was ${outcome.kind}.`,
    );
  }

  /** One after another: they are facts of one stream. */
  private name(id: string): Promise<void> {
    const named = this.naming.then(() => this.nameOnce(id));
    this.naming = named.catch(() => undefined);
    return named;
  }

  private async nameOnce(id: string): Promise<void> {
    if (this.named.has(id)) return;
    const { host, run } = this.claimed;
    // A former holder may write until this one has; then its token is refused.
    for (let attempt = 1; ; attempt += 1) {
      const transcript = transcriptOf(host, run, run.id);
      for (const fact of await transcript.load())
        if (fact.type === 'HelperAsked') this.named.add(fact.data.helper);
      if (this.named.has(id)) return;
      try {
        await transcript.append([
          { type: 'HelperAsked', data: { helper: id, at: host.clock.now().toISOString() } },
        ]);
        this.named.add(id);
        return;
      } catch (error) {
        if (!isConflict(error) || attempt === maxAttempts) throw error;
      }
    }
  }
}

/** What a helper gave its closing tool; undefined for one that did not close. */
export function closingInput({ outcome, facts }: HelperEnd): unknown {
  if (outcome.kind !== 'closed') return undefined;
  const { tool, turn } = outcome;
  const closed = facts.find((fact) => fact.type === 'TurnRecorded' && fact.data.turn === turn);
  if (closed?.type !== 'TurnRecorded') return undefined;
  const call = closed.data.reply.find((block) => block.type === 'tool_use' && block.name === tool);
  return call?.type === 'tool_use' ? call.input : undefined;
}

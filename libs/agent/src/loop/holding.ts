import type { Cost, ToolDefinition } from '@missions/models';
import type { RunTerms } from './next-step.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import { evolveRun, foldRun, initialRunState, type RunState } from '../transcript/run-state.ts';
import { toolDefinition } from './model-request.ts';
import type { KillPoint, RunAgentOptions } from './options.ts';
import { defaultLimits } from './options.ts';
import { PauseGrace } from './pause-grace.ts';

/** One holder's hold on a run: its options, and the state that its facts have led to. */
export class Holding {
  readonly definitions: readonly ToolDefinition[];
  readonly terms: RunTerms;
  readonly grace: PauseGrace;
  state: RunState = initialRunState;
  private lastToolLine: string | undefined;
  private moves = 0;
  private readonly limited = new Set<{ readonly limitMs: number }>();

  constructor(readonly options: RunAgentOptions) {
    this.definitions = options.tools.map(toolDefinition);
    this.terms = {
      limits: options.limits,
      endsWithText: options.endsWithText ?? false,
      closingTools: options.tools.filter((tool) => tool.effect === 'closing').map((tool) => tool.name),
    };
    this.grace = new PauseGrace(
      options.pauseSignal,
      options.limits.pauseGraceMs ?? defaultLimits.pauseGraceMs,
    );
  }

  async load(): Promise<void> {
    this.state = foldRun(await this.options.transcript.load());
  }

  /** Appends facts in one commit; the state follows only when they are durable. */
  async record(...facts: readonly TranscriptFact[]): Promise<void> {
    await this.options.transcript.append(facts);
    this.state = facts.reduce(evolveRun, this.state);
    this.moved();
  }

  async killPoint(name: KillPoint): Promise<void> {
    await this.options.killPoint?.(name);
  }

  show(line: string): void {
    // Cut long inputs first to save time, far behind what is shown, so that no half of a secret is left.
    this.lastToolLine = this.options.redactor
      .redact(line.slice(0, 4_000))
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 160);
    this.moved();
  }

  /** Something of the run moved, as a part of a reply does; it may be said often. */
  moved(): void {
    this.moves += 1;
    this.showProgress();
  }

  /** Work begins that ends by a limit of its own, however silent; the answer is called at its end. */
  begins(limitMs: number): () => void {
    const work = { limitMs };
    this.limited.add(work);
    this.moved();
    return () => {
      this.limited.delete(work);
      this.moved();
    };
  }

  private showProgress(): void {
    this.options.onProgress?.({
      turn: this.state.turn,
      lastToolLine: this.lastToolLine,
      contextUsedPct: contextUsedPct(this.state, this.options.model.contextTokens),
      costUsd: this.state.usage.costUsd,
      moves: this.moves,
      quietMs: Math.max(0, ...[...this.limited].map(({ limitMs }) => limitMs)),
    });
  }
}

export function costUsd(cost: Cost): number | 'unpriced' {
  return cost === 'unpriced' ? 'unpriced' : cost.usd;
}

function contextUsedPct(state: RunState, contextTokens: number | undefined): number | undefined {
  const usage = state.lastTurn?.usage;
  if (!usage || contextTokens === undefined) return undefined;
  const used = usage.input + usage.cacheRead + usage.cacheWrite + usage.output;
  return Math.min(100, Math.round((100 * used) / contextTokens));
}

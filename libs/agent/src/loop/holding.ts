import { longestWaitMs, type Cost, type ModelWait, type ToolDefinition } from '@missions/models';
import type { RunEnding } from '../outcome.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import { evolveRun, foldRun, initialRunState, type RunState } from '../transcript/run-state.ts';
import { likelyInputTokens, type ContextWindow } from './context-window.ts';
import { Deadline } from './deadline.ts';
import { toolDefinition } from './model-request.ts';
import type { RunTerms } from './next-step.ts';
import type { KillPoint, RunAgentOptions } from './options.ts';
import { defaultLimits } from './options.ts';
import { PauseGrace } from './pause-grace.ts';
import { RequestDigest } from './request-digest.ts';

/** One holder's hold on a run: its options, and the state that its facts have led to. */
export class Holding {
  /** What every request of this holder has in common. */
  readonly fixed: { readonly tools: readonly ToolDefinition[]; readonly maxTokens: number };
  readonly terms: RunTerms;
  readonly grace: PauseGrace;
  readonly deadline = new Deadline();
  readonly digest = new RequestDigest();
  state: RunState = initialRunState;
  private lastToolLine: string | undefined;
  private moves = 0;
  private waitLine: string | undefined;
  private readonly modelWait = { limitMs: longestWaitMs };
  private readonly limited = new Set<{ readonly limitMs: number }>();

  constructor(readonly options: RunAgentOptions) {
    const { maxTokens } = options.limits;
    this.fixed = { tools: options.tools.map(toolDefinition), maxTokens };
    this.terms = {
      limits: options.limits,
      window: {
        contextTokens: options.model.contextTokens,
        maxTokens,
        toolBytes: Buffer.byteLength(JSON.stringify(this.fixed.tools)),
      },
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

  /** The run's time goes on from where its former holders left it. */
  startClock(): void {
    const { maxWallClockMs } = this.options.limits;
    if (maxWallClockMs !== undefined) this.deadline.start(maxWallClockMs - this.state.activeMs);
  }

  /** Lets go of all timers. */
  end(): void {
    this.grace.end();
    this.deadline.end();
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

  /** The model may not be called yet: shown in place of what was done last, and no stall, since it ends by a limit of its own. */
  waitsForModel(wait: ModelWait | undefined): void {
    if (wait === undefined && this.waitLine === undefined) return;
    this.waitLine = wait && waitLine(wait);
    if (wait) this.limited.add(this.modelWait);
    else this.limited.delete(this.modelWait);
    this.moved();
  }

  private showProgress(): void {
    this.options.onProgress?.({
      turn: this.state.turn,
      lastToolLine: this.waitLine ?? this.lastToolLine,
      contextUsedPct: contextUsedPct(this.state, this.terms.window),
      costUsd: this.state.usage.costUsd,
      moves: this.moves,
      quietMs: Math.max(0, ...[...this.limited].map(({ limitMs }) => limitMs)),
    });
  }
}

function waitLine({ why, until }: ModelWait): string {
  const end = until === undefined ? '' : `, until ${until.toISOString().slice(11, 19)}Z`;
  return `waiting{model}: ${why}${end}`;
}

export function costUsd(cost: Cost): number | 'unpriced' {
  return cost === 'unpriced' ? 'unpriced' : cost.usd;
}

/** The instant that is written into facts. */
export function now(holding: Holding): string {
  return holding.options.clock.now().toISOString();
}

/** The ending of a run whose time is over. */
export function outOfTime({ options }: Holding): RunEnding {
  const minutes = Math.round((options.limits.maxWallClockMs ?? 0) / 6_000) / 10;
  return { kind: 'failed', cause: 'budget', detail: `The run reached its limit of ${minutes} minutes.` };
}

function contextUsedPct(state: RunState, window: ContextWindow): number | undefined {
  if (!state.lastTurn || window.contextTokens === undefined) return undefined;
  return Math.min(100, Math.round((100 * likelyInputTokens(state, window)) / window.contextTokens));
}

import { FailRun, StopRun } from '@missions/agent';
import { isRefusal } from '@missions/kernel';
import type { ExternalAgentParts } from '../external-agent.ts';
import { ActivityLog } from './activity-log.ts';

const looksPerStall = 30;
/** Signs of life are passed on no more often than this. */
const tellMs = 500;

/** One turn of an external agent: what stops it, what is written about it, and when the workspace is kept. */
export class AgentTurn {
  readonly log: ActivityLog;
  /** Aborts when the run has to stop, when the agent went too far, and when it hangs. */
  readonly signal: AbortSignal;
  private readonly fault = new AbortController();
  private readonly wallClock: NodeJS.Timeout;
  private readonly stall: NodeJS.Timeout;
  private heardAt = performance.now();
  private toldAt = Number.NEGATIVE_INFINITY;
  private keeper: NodeJS.Timeout | undefined;
  private keeping: Promise<void> = Promise.resolve();
  private underWay = 0;
  private isOver = false;

  constructor(
    private readonly parts: ExternalAgentParts,
    readonly number: number,
    private readonly holder: { readonly signal: AbortSignal; readonly moved: () => void },
  ) {
    const { limits, redactor, clock, record, show } = parts;
    this.signal = AbortSignal.any([holder.signal, this.fault.signal]);
    this.log = new ActivityLog({
      turn: number,
      redactor,
      clock,
      record,
      onFailure: (error) => {
        this.fail(error);
      },
      show: (line) => show?.(line),
    });
    this.wallClock = setTimeout(() => {
      this.fail(new FailRun('stall', `The agent took longer than ${minutes(limits.turnMs)} for one turn.`));
    }, limits.turnMs);
    parts.spend?.open({
      turn: number,
      fail: (error) => {
        this.fail(error);
      },
    });
    this.stall = setInterval(() => {
      this.look();
    }, limits.stallMs / looksPerStall);
  }

  /** Ends the turn by a fault of the agent, or of what writes about it. */
  fail(error: unknown): void {
    if (error instanceof FailRun && !this.signal.aborted) this.log.add('trouble', error.message);
    this.fault.abort(error);
  }

  /** The agent gave a sign of life. */
  heard(): void {
    this.heardAt = performance.now();
    if (this.heardAt - this.toldAt < tellMs) return;
    this.toldAt = this.heardAt;
    this.holder.moved();
  }

  /** A long call of a model, or a command that the agent waits for, is a sign of life, too; both have limits of their own. */
  private look(): void {
    const { stallMs } = this.parts.limits;
    if (this.underWay > 0 || (this.parts.spend?.underWay ?? 0) > 0) this.heard();
    else if (performance.now() - this.heardAt >= stallMs)
      this.fail(new FailRun('stall', `Nothing was heard of the agent for ${minutes(stallMs)}.`));
  }

  /** Something that the agent waits for; as long as it takes, the agent does not stall. */
  async waitsFor<Value>(work: Promise<Value>): Promise<Value> {
    this.underWay += 1;
    try {
      return await work;
    } finally {
      this.underWay -= 1;
      this.heard();
    }
  }

  /** The workspace may have changed: it is kept soon, and only once for many changes. */
  wrote(): void {
    if (this.isOver) return;
    this.keeper ??= setTimeout(() => {
      this.keeper = undefined;
      this.keep();
    }, this.parts.limits.checkpointMs);
  }

  /**
   * Ends the turn; what was done is in the log, and the workspace is kept. A holder that has to let go writes nothing more.
   * Rejects with what went wrong in the turn itself: a run that was stopped, a log that cannot be written.
   */
  async settle(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.wallClock);
    clearInterval(this.stall);
    clearTimeout(this.keeper);
    await this.parts.spend?.close(this.parts.limits.stopGraceMs);
    if (this.isLetGo) return;
    this.keep();
    await this.keeping;
    await this.log.settle();
  }

  private get isLetGo(): boolean {
    const { reason } = this.holder.signal as { readonly reason: unknown };
    if (reason instanceof StopRun && reason.how === 'release') return true;
    return this.fault.signal.aborted && !(this.fault.signal.reason instanceof FailRun);
  }

  /** A workspace that changes while it is kept, or that may not be kept, is tried again with the next change. */
  private keep(): void {
    this.keeping = this.keeping.then(async () => {
      try {
        const kept = await this.parts.checkpoint(this.number);
        this.log.note({ type: 'CheckpointTaken', data: { turn: this.number, ...kept } });
      } catch (error) {
        if (isRefusal(error) && error.code === 'STALE_TOKEN') this.fail(error);
        else this.log.add('trouble', `The workspace could not be kept: ${messageOf(error)}`);
      }
    });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${String(Math.round(ms / 1_000))} s` : `${String(Math.round(ms / 60_000))} min`;
}

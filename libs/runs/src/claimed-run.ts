import { StopRun, type RunUsage } from '@missions/agent';
import { isRefusal } from '@missions/kernel';
import {
  addUsage,
  noUsage,
  type Conclusion,
  type Mission,
  type MissionCommandInput,
  type RunState,
  type Usage,
} from '@missions/mission';
import type { HeldRun } from './held-run.ts';
import { transcriptsOf, usageOf } from './transcripts.ts';
import type { RunHost } from './run-host.ts';

/** A run this replica holds: what it is about, whether it may go on, and the fenced ways to say something about it. */
export class ClaimedRun {
  private readonly stopping = new AbortController();
  private readonly pausing = new AbortController();
  private granted: number;

  constructor(
    readonly host: RunHost,
    readonly mission: Mission,
    readonly run: RunState,
    readonly held: HeldRun,
    service: AbortSignal,
  ) {
    this.granted = run.sliceUsd;
    held.onStop = (cause) => {
      this.stopping.abort(
        cause === 'lost' ? new StopRun('release', 'The lease was lost.') : new StopRun(cause),
      );
    };
    held.onPause = () => {
      this.pausing.abort();
    };
    const stop = (): void => {
      this.stopping.abort(new StopRun('release', 'The service is stopping.'));
    };
    if (service.aborted) stop();
    else service.addEventListener('abort', stop, { once: true });
  }

  /** Aborts when the run has to stop in the middle of whatever it does; the reason is a `StopRun`. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  get pauseSignal(): AbortSignal {
    return this.pausing.signal;
  }

  /** The mission as it is now, not as it was when the run was claimed. */
  latest(): Promise<Mission> {
    return this.host.folds.load(this.mission.id);
  }

  /** Sends a command under this run's hold; `name` makes its id, so that a repeat by anyone happens once. */
  async command(name: string, command: MissionCommandInput): Promise<void> {
    const { commander, limits, actor } = this.host;
    await commander.send(
      {
        commandId: `${this.run.id}/${name}`,
        missionId: this.mission.id,
        actor,
        command,
        correlationId: this.run.id,
      },
      { limitMs: limits.commandMs },
    );
  }

  /** Ends the run with a result. The id is the turn's, so that a takeover that repeats it changes nothing. */
  async conclude(turn: number, conclusion: Conclusion): Promise<void> {
    const usage = await this.usage();
    await this.coverSpend(usage.costUsd);
    this.host.killPoint(`run.${this.run.task}.conclude`);
    await this.command(String(turn), {
      type: 'ConcludeRun',
      data: { runId: this.run.id, token: this.run.token, conclusion, usage },
    });
    this.host.killPoint(`run.${this.run.task}.concluded`);
  }

  /** Ends the run without a result; a run that somebody else holds by now is left alone. */
  async end(ending: Omit<Extract<Conclusion, { kind: 'ended' }>, 'kind'>): Promise<void> {
    const usage = await this.usage();
    await this.coverSpend(usage.costUsd);
    const detail =
      ending.detail === undefined ? {} : { detail: this.host.redactor.redact(ending.detail).slice(0, 4000) };
    await this.command(`ended/${String(this.run.token)}`, {
      type: 'ConcludeRun',
      data: {
        runId: this.run.id,
        token: this.run.token,
        conclusion: { kind: 'ended', ...ending, ...detail },
        usage,
      },
    }).catch(ignoreStale);
  }

  /** Lets go of the run so that another replica need not wait for the lease to run out. */
  async release(): Promise<void> {
    await this.command(`released/${String(this.run.token)}`, {
      type: 'ReleaseRun',
      data: { runId: this.run.id, token: this.run.token, reason: 'shutdown' },
    }).catch(ignoreStale);
  }

  /** Asks for more money; answers how much more there is now, which may be nothing. */
  async requestSlice(usd: number): Promise<number> {
    const before = this.granted;
    await this.command(`slice/${String(this.run.token)}/${before.toFixed(9)}`, {
      type: 'RequestSlice',
      data: { runId: this.run.id, token: this.run.token, usd },
    });
    const mission = await this.latest();
    this.granted = mission.runs[this.run.id]?.sliceUsd ?? before;
    return this.granted - before;
  }

  /** What the run and its helpers have used so far, over all its holders, as their transcripts say. */
  async usage(): Promise<Usage> {
    const transcripts = await transcriptsOf(this.host.store, this.run.id);
    return transcripts.map(usageOf).map(settled).reduce(addUsage, noUsage);
  }

  private async coverSpend(costUsd: number): Promise<void> {
    if (this.mission.budget.maxCostUsd === undefined || costUsd <= this.granted) return;
    await this.requestSlice(costUsd - this.granted);
  }
}

function ignoreStale(error: unknown): void {
  if (isRefusal(error) && error.code === 'STALE_TOKEN') return;
  throw error;
}

function settled({ turns, input, output, cacheRead, cacheWrite, costUsd }: RunUsage): Usage {
  const unpriced = costUsd === 'unpriced';
  return { turns, input, output, cacheRead, cacheWrite, costUsd: unpriced ? 0 : costUsd, unpriced };
}

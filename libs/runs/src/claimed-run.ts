import { FailRun, StopRun } from '@missions/agent';
import { isRefusal } from '@missions/kernel';
import {
  isMoneyLimited,
  type Conclusion,
  type HelperUsage,
  type LostCalls,
  type Mission,
  type MissionCommandInput,
  type RunState,
  type Usage,
} from '@missions/mission';
import type { HeldRun, StopCause } from './held-run.ts';
import type { RunHost } from './run-host.ts';
import { runLedger, type RunLedger } from './run-usage.ts';

/** Sums of cents in floating point are off by less than this. */
const toleranceUsd = 1e-9;

type Ending = Omit<Extract<Conclusion, { kind: 'ended' }>, 'kind'>;

/** The reason of `workSignal` when the engine's own work has to make room for a pause. */
export class PauseRun extends Error {
  constructor() {
    super('A pause was wanted, and its time of grace is over.');
    this.name = 'PauseRun';
  }
}

/** A run this replica holds: what it is about, whether it may go on, and the fenced ways to say something about it. */
export class ClaimedRun {
  private readonly stopping = new AbortController();
  private readonly pausing = new AbortController();
  private readonly resting = new AbortController();
  /** Aborts when the run has to stop in the middle of whatever it does; the reason is a `StopRun`, or a `FailRun` that says why it failed. */
  readonly signal: AbortSignal = this.stopping.signal;
  /** Aborts when a pause is wanted; a turn under way may still end. */
  readonly pauseSignal: AbortSignal = this.pausing.signal;
  /**
   * For the engine's own long work, which has no turns: aborts like `signal`, and with a `PauseRun` when a pause has waited
   * for its time of grace. Such work begins again when the run is resumed.
   */
  readonly workSignal: AbortSignal = AbortSignal.any([this.stopping.signal, this.resting.signal]);
  /** Whether its agent asked for something beside its work, of which more may be told than what its own calls answer. */
  hasAsked: boolean;
  private grace: NodeJS.Timeout | undefined;
  private granted: number;
  private readonly onServiceStop = (): void => {
    this.stopping.abort(new StopRun('release', 'The service is stopping.'));
  };

  constructor(
    readonly host: RunHost,
    readonly mission: Mission,
    readonly run: RunState,
    readonly held: HeldRun,
    private readonly service: AbortSignal,
  ) {
    this.granted = run.sliceUsd;
    this.hasAsked = run.asks !== undefined;
    held.onStop = (cause) => {
      this.stopping.abort(stopFor(cause, held));
    };
    held.onPause = () => {
      this.pausing.abort();
      this.grace ??= setTimeout(() => {
        this.resting.abort(new PauseRun());
      }, host.limits.pauseGraceMs);
    };
    if (service.aborted) this.onServiceStop();
    else service.addEventListener('abort', this.onServiceStop, { once: true });
  }

  /** Stops holding; what is said afterwards is refused as soon as somebody else holds the run. */
  async letGo(): Promise<void> {
    clearTimeout(this.grace);
    this.service.removeEventListener('abort', this.onServiceStop);
    await this.held.close();
  }

  /** The mission as it is now, not as it was when the run was claimed. */
  latest(): Promise<Mission> {
    return this.host.folds.load(this.mission.id);
  }

  /**
   * Sends a command under this run's hold; `name` makes its id, so that a repeat by anyone happens once. It is given up when
   * the run is stopped; one that is said after that has only a short time.
   */
  async command(name: string, command: MissionCommandInput): Promise<void> {
    const { commander, limits, actor } = this.host;
    const stopped = this.signal.aborted;
    await commander.send(
      {
        commandId: `${this.run.id}/${name}`,
        missionId: this.mission.id,
        actor,
        command,
        correlationId: this.run.id,
      },
      stopped
        ? { limitMs: limits.partingMs }
        : { limitMs: limits.commandMs, ...(!endsRun(command) && { signal: this.signal }) },
    );
  }

  private part(name: string, command: MissionCommandInput): Promise<void> {
    return this.held.part(() => this.command(name, command));
  }

  /**
   * Ends the run with a result. The id is the turn's, so that a takeover that repeats it changes nothing. Rejects with a
   * `FailRun` when the mission's budget does not cover what the run has spent.
   */
  async conclude(turn: number, conclusion: Conclusion): Promise<void> {
    const { usage, ...parts } = await this.ledger();
    const covered = await this.covered(usage);
    if (covered !== usage.costUsd) throw new FailRun('budget', shortfall(usage.costUsd, covered));
    this.host.killPoint(`run.${this.run.task}.conclude`);
    await this.part(String(turn), {
      type: 'ConcludeRun',
      data: { runId: this.run.id, token: this.run.token, conclusion, usage, ...sent(parts) },
    });
    this.host.killPoint(`run.${this.run.task}.concluded`);
  }

  /** Ends the run without a result; a run that somebody else holds by now is left alone. */
  async end(ending: Ending): Promise<void> {
    const { usage, ...parts } = await this.ledger();
    const covered = await this.covered(usage);
    const detail = [ending.detail, covered === usage.costUsd ? undefined : shortfall(usage.costUsd, covered)]
      .filter((text) => text !== undefined)
      .join(' ');
    await this.part(`ended/${String(this.run.token)}`, {
      type: 'ConcludeRun',
      data: {
        runId: this.run.id,
        token: this.run.token,
        conclusion: { kind: 'ended', ...ending, ...(detail !== '' && { detail: this.said(detail) }) },
        usage: { ...usage, costUsd: covered },
        ...sent(parts, usage.costUsd - covered),
      },
    }).catch(ignoreStale);
  }

  /** Lets go of the run so that another replica need not wait for the lease to run out. */
  async release(): Promise<void> {
    await this.part(`released/${String(this.run.token)}`, {
      type: 'ReleaseRun',
      data: { runId: this.run.id, token: this.run.token, reason: 'shutdown' },
    }).catch(ignoreStale);
  }

  /**
   * Gives the run back for the time of a pause, with what is kept of its workspace. One that hands over what it shares ends:
   * the next run of its feature goes on from what is kept, in what the others have made of it meanwhile.
   */
  async suspend(kept: Pick<Ending, 'checkpoint'> = {}): Promise<void> {
    if (this.held.wanted === 'hand_over') return this.end({ state: 'interrupted', ...kept });
    await this.part(`suspended/${String(this.run.token)}`, {
      type: 'SuspendRun',
      data: { runId: this.run.id, token: this.run.token, ...kept },
    }).catch(ignoreStale);
  }

  /** Asks for more money; answers how much more there is now, which may be nothing. */
  async requestSlice(usd: number, spentUsd?: number): Promise<number> {
    const before = this.granted;
    await this.command(`slice/${String(this.run.token)}/${before.toFixed(9)}`, {
      type: 'RequestSlice',
      data: {
        runId: this.run.id,
        token: this.run.token,
        usd,
        ...(spentUsd !== undefined && { spentUsd }),
      },
    });
    const mission = await this.latest();
    this.granted = mission.runs[this.run.id]?.sliceUsd ?? before;
    return this.granted - before;
  }

  /** What the run and its helpers have used so far, over all its holders, as their transcripts say. */
  async usage(): Promise<Usage> {
    return (await this.ledger()).usage;
  }

  private ledger(): Promise<RunLedger> {
    return runLedger(this.host.store, this.run.id);
  }

  /** How much of a spend the run's slice covers, after asking for what is missing: a mission accepts no more than that. */
  private async covered({ costUsd }: Usage): Promise<number> {
    if (!isMoneyLimited(this.mission, this.run) || costUsd <= this.granted) return costUsd;
    await this.requestSlice(costUsd - this.granted + toleranceUsd).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
    return Math.min(costUsd, this.granted);
  }

  private said(detail: string): string {
    return this.host.redactor.redact(detail).slice(0, 4000).toWellFormed();
  }
}

function stopFor(cause: StopCause, { lastLine }: HeldRun): Error {
  if (cause === 'lost') return new StopRun('release', 'The lease was lost.');
  if (cause !== 'stall') return new StopRun(cause);
  const last = lastLine === undefined ? '' : ` The last of it: ${lastLine}`;
  return new FailRun('stall', `Nothing of the run moved for as long as it may rest.${last}`);
}

/** The parts of a usage as a command carries them; what was not covered is taken off the run's own, which lost a call. */
function sent({ own, helpers, lost }: Omit<RunLedger, 'usage'>, uncoveredUsd = 0): LedgerParts {
  return {
    ...(helpers.length > 0 && { own: less(own, uncoveredUsd), helpers: [...helpers] }),
    ...(lost && { lost: { ...lost, usage: less(lost.usage, uncoveredUsd) } }),
  };
}

interface LedgerParts {
  readonly own?: Usage;
  readonly helpers?: HelperUsage[];
  readonly lost?: LostCalls;
}

function less(usage: Usage, usd: number): Usage {
  return { ...usage, costUsd: Math.max(0, usage.costUsd - usd) };
}

function shortfall(spentUsd: number, coveredUsd: number): string {
  return `The run has spent $${spentUsd.toFixed(4)}, of which the budget covers $${coveredUsd.toFixed(4)}.`;
}

function ignoreStale(error: unknown): void {
  if (isRefusal(error) && error.code === 'STALE_TOKEN') return;
  throw error;
}

/**
 * The lease goes with the conclusion that ends the run: the news of that may be faster than the answer, and must not be
 * taken for a reason to give up on it.
 */
function endsRun({ type }: MissionCommandInput): boolean {
  return type === 'ConcludeRun';
}

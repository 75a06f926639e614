import { randomUUID } from 'node:crypto';
import { FailRun, StopRun } from '@missions/agent';
import { fencedArtifacts, isTransient } from '@missions/event-store';
import { DomainError, isRefusal } from '@missions/kernel';
import type { RunCause, RunState } from '@missions/mission';
import { ClaimedRun, PauseRun } from './claimed-run.ts';
import { HeldRun } from './held-run.ts';
import { OwnerUnreachableError } from './mission-commander.ts';
import type { OpenDelegation } from './run-desk.ts';
import type { RunHost } from './run-host.ts';

/** Does the work of one claimed run and says how it ended; a fault it throws ends the run as failed. */
export type PerformRun = (claimed: ClaimedRun) => Promise<void>;

/** Refusals that say that this host cannot give a run its surroundings. */
const environmentCodes = new Set([
  'ENVIRONMENT',
  'SANDBOX_UNAVAILABLE',
  'SANDBOX_FAULT',
  'SANDBOX_WORKSPACE',
  'BASE_UNREACHABLE',
  'TOOL_MISSING',
]);

/**
 * Claims a run, holds its lease while `perform` works, and leaves it in a state from which anyone can go on. Rejects with a
 * `DomainError` when the run could not be claimed, with a fault when whether it could is unknown, and never after the claim.
 */
export async function driveRun(
  host: RunHost,
  delegation: OpenDelegation,
  perform: PerformRun,
  signal: AbortSignal,
): Promise<void> {
  const claimed = await claim(host, delegation, signal);
  const fields = { runId: delegation.runId, task: claimed.run.task, token: claimed.run.token };
  host.log.info(fields, 'Claimed the run');
  try {
    host.killPoint(`run.${claimed.run.task}.claimed`);
    await endsWhenStopped(claimed, perform(claimed));
  } catch (error) {
    await fail(claimed, error).catch((cause: unknown) => {
      host.log.warn({ ...fields, err: cause }, 'The end of the run could not be told; its lease runs out');
    });
  } finally {
    await claimed.letGo();
    host.log.info(fields, 'Let go of the run');
  }
}

/**
 * Waits for the work; one that was stopped and does not end within twice the grace of a pause is left behind, so that its
 * slot serves other runs. What it still does is refused by its token.
 */
async function endsWhenStopped({ host, run, signal }: ClaimedRun, work: Promise<void>): Promise<void> {
  const { promise: leftBehind, reject } = Promise.withResolvers<never>();
  let patience: NodeJS.Timeout | undefined;
  const onStop = (): void => {
    patience = setTimeout(() => {
      host.log.warn({ runId: run.id }, 'The work of a stopped run does not end; it is left behind');
      reject(new Error('The run was stopped, and its work did not end.'));
    }, 2 * host.limits.pauseGraceMs);
  };
  if (signal.aborted) onStop();
  else signal.addEventListener('abort', onStop, { once: true });
  try {
    await Promise.race([work, leftBehind]);
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', onStop);
  }
}

async function claim(
  host: RunHost,
  { runId, missionId, role }: OpenDelegation,
  signal: AbortSignal,
): Promise<ClaimedRun> {
  const model = host.modelChoice(role)?.use;
  const askedAtMs = performance.now();
  await host.commander.send(
    {
      commandId: `${runId}/claim/${randomUUID()}`,
      missionId,
      actor: host.actor,
      command: {
        type: 'ClaimRun',
        data: { runId, holder: host.holder, ...(model !== undefined && { model }) },
      },
      correlationId: runId,
    },
    { limitMs: host.limits.commandMs, signal },
  );
  const mission = await host.folds.load(missionId);
  const run = mission.runs[runId];
  if (run?.status !== 'running' || run.holder !== host.holder) throw lost(runId);
  const grantedAfterMs = await grantedAfter(host, run, askedAtMs);
  // Whatever is kept for the run from here on, by whichever part of it, is kept under its token.
  const artifacts = fencedArtifacts(host.artifacts, { runId, token: run.token });
  return new ClaimedRun({ ...host, artifacts }, mission, run, holdOf(host, run, grantedAfterMs), signal);
}

/** An answer that came late may find the lease half over, or gone: then the lease itself is asked. */
async function grantedAfter({ desk, limits }: RunHost, run: RunState, askedAtMs: number): Promise<number> {
  if (performance.now() - askedAtMs < limits.leaseRenewMs) return askedAtMs;
  const sentAtMs = performance.now();
  const { held } = await desk.renew({
    runId: run.id,
    token: run.token,
    ttlMs: limits.leaseTtlMs,
    progress: {},
  });
  if (!held) throw lost(run.id);
  return sentAtMs;
}

function lost(runId: string): DomainError {
  return new DomainError('RUN_NOT_CLAIMABLE', 'The run was lost before its work began.', { runId });
}

function holdOf(host: RunHost, { id, token }: RunState, grantedAfterMs: number): HeldRun {
  return new HeldRun({
    runId: id,
    token,
    desk: host.desk,
    pokes: host.pokes,
    ttlMs: host.limits.leaseTtlMs,
    renewMs: host.limits.leaseRenewMs,
    grantedAfterMs,
    onTrouble: (error) => {
      host.log.warn({ err: error, runId: id }, 'The lease could not be renewed');
    },
  });
}

/** A fault ends the run with a cause; a stop, a pause or an outage leaves it to whoever is to have it next. */
async function fail(claimed: ClaimedRun, error: unknown): Promise<void> {
  const { host, run, held, signal, workSignal } = claimed;
  if (isRefusal(error) && error.code === 'STALE_TOKEN') return;
  if (held.stopCause === 'lost') return;
  const reason: unknown = signal.aborted ? signal.reason : workSignal.aborted ? workSignal.reason : error;
  if (reason instanceof PauseRun) return claimed.suspend();
  if (reason instanceof StopRun) return endStopped(claimed, reason);
  // What the run shares was lost while it ended; its result does not count, and it begins again.
  if (isRefusal(error) && error.code === 'LOCK_LOST') return claimed.end({ state: 'interrupted' });
  host.log.warn({ err: error, runId: run.id }, 'The run failed');
  // Nothing of the run is at fault: its lease runs out, and it goes on where it was.
  if (!(reason instanceof FailRun) && isOutage(error)) return;
  const cause = reason instanceof FailRun ? reason : error;
  await claimed.end({ state: 'failed', cause: causeOf(cause), detail: detailOf(cause) });
}

function isOutage(error: unknown): boolean {
  return error instanceof OwnerUnreachableError || isTransient(error);
}

export async function endStopped(claimed: ClaimedRun, { how }: StopRun): Promise<void> {
  if (how === 'release') await claimed.release();
  else await claimed.end({ state: how === 'cancel' ? 'cancelled' : 'interrupted' });
}

function causeOf(error: unknown): RunCause {
  if (error instanceof FailRun) return error.cause;
  if (isRefusal(error)) return environmentCodes.has(error.code) ? 'sandbox' : 'tool';
  return modelCause(error) ?? 'crash';
}

/** A provider's error says its own cause. */
function modelCause(error: unknown): RunCause | undefined {
  if (!(error instanceof Error) || error.name !== 'ModelError') return undefined;
  return (error as { code?: RunCause }).code;
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

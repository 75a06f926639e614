import { randomUUID } from 'node:crypto';
import { FailRun, StopRun } from '@missions/agent';
import { isRefusal } from '@missions/kernel';
import type { RunCause } from '@missions/mission';
import { ClaimedRun } from './claimed-run.ts';
import { HeldRun } from './held-run.ts';
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

/** Claims a run, holds its lease while `perform` works, and leaves it in a state from which anyone can go on. */
export async function driveRun(
  host: RunHost,
  delegation: OpenDelegation,
  perform: PerformRun,
  signal: AbortSignal,
): Promise<void> {
  const claimed = await claim(host, delegation, signal);
  if (!claimed) return;
  const fields = { runId: delegation.runId, task: claimed.run.task, token: claimed.run.token };
  host.log.info(fields, 'Claimed the run');
  try {
    host.killPoint(`run.${claimed.run.task}.claimed`);
    await perform(claimed);
  } catch (error) {
    await fail(claimed, error);
  } finally {
    await claimed.held.close();
    host.log.info(fields, 'Let go of the run');
  }
}

async function claim(
  host: RunHost,
  { runId, missionId, role }: OpenDelegation,
  signal: AbortSignal,
): Promise<ClaimedRun | undefined> {
  const model = host.modelChoice(role)?.use;
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
  if (run?.status !== 'running' || run.holder !== host.holder) return undefined;
  const held = new HeldRun({
    runId,
    token: run.token,
    desk: host.desk,
    pokes: host.pokes,
    ttlMs: host.limits.leaseTtlMs,
    renewMs: host.limits.leaseRenewMs,
    onTrouble: (error) => {
      host.log.warn({ err: error, runId }, 'The lease could not be renewed');
    },
  });
  return new ClaimedRun(host, mission, run, held, signal);
}

/** A fault ends the run with a cause; a stop leaves it to whoever is to have it next. */
async function fail(claimed: ClaimedRun, error: unknown): Promise<void> {
  const { host, run, held } = claimed;
  if (isRefusal(error) && error.code === 'STALE_TOKEN') return;
  if (held.stopCause === 'lost') return;
  const reason: unknown = claimed.signal.aborted ? claimed.signal.reason : error;
  if (reason instanceof StopRun) {
    await endStopped(claimed, reason);
    return;
  }
  host.log.warn({ err: error, runId: run.id }, 'The run failed');
  await claimed.end({ state: 'failed', cause: causeOf(error), detail: detailOf(error) });
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

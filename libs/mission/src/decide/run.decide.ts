import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { grantableUsd, isTimeUp, moneyWarnings, outOfBudget, timeWarnings } from '../budget/index.ts';
import { entry } from '../by-id.ts';
import { claimableRun, isOver } from '../queries.ts';
import { refuse } from '../refusals.ts';
import { afterFailure } from './failure.ts';
import {
  releasedLock,
  requireHeldRun,
  requireOngoing,
  requireService,
  worstUsage,
  type Decisions,
} from './deciding.ts';

export const runDecisions: Decisions<
  | 'ClaimRun'
  | 'RequestSlice'
  | 'CheckWallClock'
  | 'SuspendRun'
  | 'DeliverMessages'
  | 'PublishBroadcast'
  | 'ReleaseRun'
> = {
  ClaimRun: ({ runId, holder, model, promptHash }, mission, context) => {
    requireOngoing(mission);
    const run = mission.runs[runId];
    if (!run) return refuse('UNKNOWN_RUN', '', { runId });
    if (claimableRun(mission)?.id !== runId)
      refuse('RUN_NOT_CLAIMABLE', '', { runId, status: run.status, mission: mission.status });
    return [
      fact('RunClaimed', {
        runId,
        holder,
        at: context.at,
        ...(model !== undefined && { model }),
        ...(promptHash !== undefined && { promptHash }),
      }),
      ...(run.sliceUsd > 0 ? [] : grantSlice(mission, run, mission.budget.sliceUsd)),
    ];
  },
  RequestSlice: ({ usd, spentUsd = 0, ...held }, mission) => {
    requireOngoing(mission);
    const run = requireHeldRun(mission, held);
    // A run can have settled no more than it was granted.
    const settledUsd = mission.budget.settledUsd + Math.min(spentUsd, run.sliceUsd);
    return [...grantSlice(mission, run, usd), ...moneyWarnings(mission, settledUsd)];
  },
  CheckWallClock: (held, mission, context) => {
    requireService(context);
    requireOngoing(mission);
    requireHeldRun(mission, held);
    if (mission.status === 'paused' || mission.block) return [];
    const warned = timeWarnings(mission, context.at);
    return isTimeUp(mission, context.at) ? [...warned, ...outOfBudget(mission, context.at)] : warned;
  },
  SuspendRun: ({ checkpoint, ...held }, mission, context) => {
    const run = requireHeldRun(mission, held);
    if (isOver(mission)) refuse('MISSION_OVER', '', { status: mission.status });
    return [
      fact('RunSuspended', {
        runId: run.id,
        at: context.at,
        ...(checkpoint && { checkpoint }),
      }),
      ...(givesBack(run, mission) ? releasedLock(run) : []),
    ];
  },
  DeliverMessages: ({ messageIds, turn, ...held }, mission) => {
    requireHeldRun(mission, held);
    const unknown = messageIds.filter((id) => !entry(mission.messages, id));
    if (unknown.length > 0) refuse('UNKNOWN_MESSAGE', '', { unknown });
    return [...new Set(messageIds)]
      .filter((id) => {
        const message = entry(mission.messages, id);
        return message?.answeredBy === undefined && message?.deliveredTo !== held.runId;
      })
      .map((messageId) => fact('MessageDelivered', { messageId, runId: held.runId, turn }));
  },
  PublishBroadcast: ({ broadcast, ...held }, mission) => {
    requireOngoing(mission);
    requireHeldRun(mission, held);
    return [
      fact('BroadcastPublished', {
        version: mission.broadcasts.length + 1,
        by: held.runId,
        broadcast,
      }),
    ];
  },
  ReleaseRun: ({ reason, ...held }, mission, context) => {
    requireService(context);
    const run = requireHeldRun(mission, held);
    return releaseRun(run, mission, { reason, at: context.at });
  },
};

/**
 * Nobody will claim the run before a person has said so, or it was promised to others: they may have meanwhile what it shares
 * with them.
 */
function givesBack({ stopOrdered }: RunState, { status, block }: Mission): boolean {
  return status === 'paused' || block?.cause === 'budget' || stopOrdered === 'hand_over';
}

/** Grants what was asked or what is left, whichever is less; nothing is granted from an empty budget. */
function grantSlice(mission: Mission, run: RunState, usd: number): readonly MissionEvent[] {
  const left = grantableUsd(mission, run);
  if (left === undefined || left <= 0) return [];
  return [fact('BudgetSliceGranted', { runId: run.id, usd: Math.min(usd, left) })];
}

function releaseRun(
  run: RunState,
  mission: Mission,
  { reason, at }: { readonly reason: 'expired' | 'shutdown'; readonly at: string },
): readonly MissionEvent[] {
  const released = fact('RunReleased', { runId: run.id, reason, at });
  if (isOver(mission))
    return [
      released,
      fact('RunEnded', { runId: run.id, state: 'cancelled', usage: worstUsage(run), at }),
      ...releasedLock(run),
    ];
  if (run.releases < mission.limits.releasesPerRun || reason === 'shutdown')
    return [released, ...(givesBack(run, mission) ? releasedLock(run) : [])];
  const detail = `Released ${String(run.releases + 1)} times without an end.`;
  return [
    released,
    fact('RunEnded', {
      runId: run.id,
      state: 'failed',
      cause: 'crash',
      detail,
      usage: worstUsage(run),
      at,
    }),
    ...releasedLock(run),
    ...afterFailure(run, mission, { cause: 'crash', detail }),
  ];
}

import { fact } from '../events/index.ts';
import type { RunState } from '../mission.state.ts';
import { claimableRun, isOver } from '../queries.ts';
import { refuse } from '../refusals.ts';
import { releasedLock, requireHeldRun, requireService, worstUsage, type Decisions } from './deciding.ts';
import { afterFailure } from './failure.ts';

/** What has been said is not said again: a condition that lasts stays one fact, whoever looks and however often. */
export const livenessDecisions: Decisions<
  'RecordStall' | 'RecordRecovery' | 'StopStalledRun' | 'FailStalledRun' | 'RecordUnclaimed'
> = {
  RecordStall: ({ token, ...stall }, mission, context) => {
    requireService(context);
    const run = requireHeldRun(mission, { runId: stall.runId, token });
    if (isOver(mission) || run.stalled) return [];
    const { lastLine, ...rest } = stall;
    return [fact('RunStalled', { ...rest, ...(lastLine !== undefined && { lastLine }) })];
  },
  RecordRecovery: (held, mission, context) => {
    requireService(context);
    const run = requireHeldRun(mission, held);
    if (isOver(mission) || !run.stalled || isEnding(run)) return [];
    return [fact('RunRecovered', { runId: run.id, at: context.at })];
  },
  StopStalledRun: (held, mission, context) => {
    requireService(context);
    const run = requireHeldRun(mission, held);
    if (isOver(mission) || !run.stalled || isEnding(run)) return [];
    return [fact('RunStopOrdered', { runId: run.id, cause: 'stall', at: context.at })];
  },
  FailStalledRun: (held, mission, context) => {
    requireService(context);
    const run = requireHeldRun(mission, held);
    if (isOver(mission)) return [];
    if (run.stopOrdered !== 'stall') refuse('RUN_NOT_STALLED', '', { runId: run.id, status: run.status });
    const since = run.stalled?.sinceAt ?? '';
    const detail = `Nothing of it moved since ${since}, and its holder did not end it when it was told to.`;
    const ended = { runId: run.id, state: 'failed', cause: 'stall', detail } as const;
    return [
      fact('RunEnded', { ...ended, usage: worstUsage(run), at: context.at }),
      ...releasedLock(run),
      ...afterFailure(run, mission, { cause: 'stall', detail }),
    ];
  },
  RecordUnclaimed: ({ runId, sinceAt, needs }, mission, context) => {
    requireService(context);
    const run = claimableRun(mission);
    if (run?.id !== runId || run.unclaimed) return [];
    return [fact('RunUnclaimed', { runId, sinceAt, needs })];
  },
};

/** Whether it was told to end at once; one that hands over may still take until the end of its turn. */
function isEnding({ stopOrdered }: RunState): boolean {
  return stopOrdered !== undefined && stopOrdered !== 'hand_over';
}

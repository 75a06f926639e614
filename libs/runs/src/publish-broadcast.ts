import type { ToolContext } from '@missions/agent';
import type { BroadcastDraft } from '@missions/mission';
import type { ClaimedRun } from './claimed-run.ts';

/** Publishes as the run; turn and call make the command's id, so that a repeat after a crash publishes once. */
export function publishBroadcast(
  claimed: ClaimedRun,
): (broadcast: BroadcastDraft, call: Pick<ToolContext, 'turn' | 'callId'>) => Promise<void> {
  return (broadcast, { turn, callId }) =>
    claimed.command(`broadcast/${String(turn)}/${callId}`, {
      type: 'PublishBroadcast',
      data: { runId: claimed.run.id, token: claimed.run.token, broadcast },
    });
}

import type { BroadcastDraft } from '@missions/mission';
import type { ClaimedRun } from './claimed-run.ts';

/** Publishes as the run; the call's id makes the command's, so that a repeat after a crash publishes once. */
export function publishBroadcast(
  claimed: ClaimedRun,
): (broadcast: BroadcastDraft, call: { readonly callId: string }) => Promise<void> {
  return (broadcast, { callId }) =>
    claimed.command(`broadcast/${callId}`, {
      type: 'PublishBroadcast',
      data: { runId: claimed.run.id, token: claimed.run.token, broadcast },
    });
}

import type { Tool, ToolContext } from '@missions/agent';
import { broadcastDraftSchema, type BroadcastDraft } from '@missions/mission';
import type { z } from 'zod';

const input = broadcastDraftSchema
  .pick({ kind: true, title: true, body: true, audience: true, priority: true })
  .strict();

/** Appends the fact; idempotent per run and call, so that a repeat after a crash publishes once. */
export type PublishBroadcast = (
  broadcast: BroadcastDraft,
  call: Pick<ToolContext, 'turn' | 'callId'>,
) => Promise<void>;

/** Tells every later run of the mission something it has to know. */
export function broadcastTool(publish: PublishBroadcast): Tool<z.infer<typeof input>> {
  return {
    name: 'broadcast',
    description:
      'Publishes a fact to all later runs of this mission (a constraint, a decision, a change of the environment, …). Not for progress.',
    input,
    effect: 'write',
    repeatable: true,
    execute: async (wanted, { turn, callId }) => {
      await publish(broadcastDraftSchema.parse(wanted), { turn, callId });
      return { content: 'Published; every run that starts from now on is given it.' };
    },
  };
}

import { z } from 'zod';

const content = z.looseObject({ type: z.string(), text: z.string().optional() });
const locations = z.array(z.looseObject({ path: z.string() })).nullish();
const tool = {
  toolCallId: z.string(),
  title: z.string().nullish(),
  name: z.string().nullish(),
  kind: z.string().nullish(),
  status: z.string().nullish(),
  locations,
};

/** As much of an update as we read; 30 times as fast as the protocol's own schema, which a flood makes felt. */
const updateSchema = z.discriminatedUnion('sessionUpdate', [
  z.looseObject({ sessionUpdate: z.literal('agent_message_chunk'), content }),
  z.looseObject({ sessionUpdate: z.literal('agent_thought_chunk'), content }),
  z.looseObject({
    sessionUpdate: z.literal('plan'),
    entries: z.array(z.looseObject({ content: z.string(), status: z.string() })),
  }),
  z.looseObject({
    sessionUpdate: z.literal('usage_update'),
    used: z.number(),
    size: z.number(),
    cost: z.looseObject({ amount: z.number(), currency: z.string() }).nullish(),
  }),
  z.looseObject({ sessionUpdate: z.literal('tool_call'), ...tool }),
  z.looseObject({ sessionUpdate: z.literal('tool_call_update'), ...tool }),
  z.looseObject({
    sessionUpdate: z.literal('notice'),
    title: z.string(),
    description: z.string().nullish(),
  }),
]);

const notificationSchema = z.looseObject({ update: updateSchema });

export type KnownUpdate = z.infer<typeof updateSchema>;

/** The update in a notification; undefined when it is of a kind that tells us nothing, or is not what it should be. */
export function knownUpdate(params: unknown): KnownUpdate | undefined {
  return notificationSchema.safeParse(params).data?.update;
}

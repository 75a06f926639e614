import type { Tool, ToolContext } from '@missions/agent';
import { askModeSchema } from '@missions/mission';
import { z } from 'zod';

const input = z.strictObject({
  resource: z
    .string()
    .min(1)
    .max(1024)
    .describe(
      'A file or directory of this repository by its path (src/api), or what hosts share: port:/local/8080, env:/staging, browser:/local, pool:/local/gpu.',
    ),
  mode: askModeSchema.describe('S: read beside others. U: read now, perhaps write later. X: alone.'),
  reason: z.string().min(1).max(1000).describe('What it is needed for; the holder’s log shows it.'),
  flexible: z.boolean().optional().describe('true: take the first offer instead of choosing yourself.'),
  choose: z.string().min(1).max(300).optional().describe('The id of an offer that an earlier call named.'),
});

export type NegotiateInput = Readonly<z.infer<typeof input>>;

/** Asks, waits for a limited time, and says in words how it stands; the same question again is the same claim. */
export type Negotiate = (
  wanted: NegotiateInput,
  call: Pick<ToolContext, 'turn' | 'callId' | 'signal'>,
) => Promise<string>;

/** For what a run needs beside what its feature was planned to touch. */
export function negotiateTool(negotiate: Negotiate): Tool<NegotiateInput> {
  return {
    name: 'negotiate',
    description:
      'Asks for something that other missions share, which your feature was not planned to touch. Answers: granted until your run ends (a pause gives it back; you are told, and ask again); offers to choose among (call again with choose); who has it; or why it cannot be had. Ask before you change it.',
    input,
    effect: 'write',
    repeatable: true,
    execute: async (wanted, { turn, callId, signal }) => ({
      content: await negotiate(wanted, { turn, callId, signal }),
    }),
  };
}

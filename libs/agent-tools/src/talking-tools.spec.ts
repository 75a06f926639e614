import type { ToolContext } from '@missions/agent';
import { DomainError } from '@missions/kernel';
import { broadcastTool } from './broadcast.ts';

const context = {
  runId: 'm-test-r1',
  turn: 3,
  callId: 'call-1',
  signal: new AbortController().signal,
} as ToolContext;

describe('broadcast', () => {
  it('publishes the checked fact once per call', async () => {
    const published: unknown[] = [];
    const tool = broadcastTool((broadcast, call) => {
      published.push({ broadcast, call });
      return Promise.resolve();
    });
    expect(tool.repeatable).toBe(true);
    await tool.execute(tool.input.parse({ kind: 'decision', title: 'ESM', body: 'Only ESM.' }), context);
    expect(published).toEqual([
      {
        broadcast: {
          kind: 'decision',
          title: 'ESM',
          body: 'Only ESM.',
          audience: 'all',
          priority: 'info',
          effectiveFrom: 'next_run',
        },
        call: { turn: 3, callId: 'call-1' },
      },
    ]);
  });

  it('does not take an unknown kind or an unknown field', () => {
    const { input } = broadcastTool(() => Promise.resolve());
    expect(input.safeParse({ kind: 'gossip', title: 'x', body: 'x' }).success).toBe(false);
    expect(input.safeParse({ kind: 'decision', title: 'x', body: 'x', loud: true }).success).toBe(false);
  });

  it('lets a refusal rise to the loop', async () => {
    const tool = broadcastTool(() => Promise.reject(new DomainError('MISSION_OVER', 'It has ended.')));
    const input = tool.input.parse({ kind: 'decision', title: 'x', body: 'x' });
    await expect(tool.execute(input, context)).rejects.toThrow('It has ended.');
  });
});

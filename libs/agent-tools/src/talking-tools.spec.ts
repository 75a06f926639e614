import type { ToolContext } from '@missions/agent';
import { DomainError } from '@missions/kernel';
import { broadcastTool } from './broadcast.ts';
import { researchTool } from './research.ts';

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

describe('research', () => {
  it('answers each question in its place, also one without an answer', async () => {
    const tool = researchTool(() => Promise.resolve([{ id: 'b', answer: 'In src.' }]));
    const input = tool.input.parse({
      questions: [
        { id: 'a', question: 'Why?' },
        { id: 'b', question: 'Where?' },
      ],
    });
    expect((await tool.execute(input, context)).content).toBe('## a\n(no answer)\n\n## b\nIn src.');
  });

  it('cuts long answers so that all have room', async () => {
    const tool = researchTool(() =>
      Promise.resolve(['a', 'b'].map((id) => ({ id, answer: id.repeat(1_000_000) }))),
    );
    const input = tool.input.parse({
      questions: [
        { id: 'a', question: '?' },
        { id: 'b', question: '?' },
      ],
    });
    const { content } = await tool.execute(input, context);
    expect(content.length).toBeLessThan(31_000);
    expect(content).toContain('## b\nbbb');
  });

  it('does not take two questions of one id, nor none', () => {
    const { input } = researchTool(() => Promise.resolve([]));
    const question = { id: 'a', question: '?' };
    expect(input.safeParse({ questions: [question, question] }).success).toBe(false);
    expect(input.safeParse({ questions: [] }).success).toBe(false);
  });
});

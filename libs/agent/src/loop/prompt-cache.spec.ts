import { AnthropicModel } from '@missions/models/anthropic';
import { startMessagesApiServer } from '@missions/models/conformance';
import { call, RunBench, scripted, turn } from '../conformance/run-bench.ts';
import type { RunOutcome } from '../outcome.ts';

const TURNS = 200;
const content = (path: string): string => `${path}: ${'a line of a file, '.repeat(60)}`;
/** Every tenth turn reads twelve files at once, which is more blocks than the provider looks back. */
const turns = Array.from({ length: TURNS }, (_, index) => {
  if (index === TURNS - 1) return turn(call('done'));
  const reads = index % 10 === 0 ? 12 : 1;
  return turn(...Array.from({ length: reads }, (_none, read) => call('read', `${index}-${read}`)));
});

describe('a run of 200 turns', () => {
  it('reads at least 95 % of its input from the provider’s cache, over messages and takeovers', async () => {
    const server = await startMessagesApiServer({ model: scripted(turns), apiKey: 'k' });
    const bench = new RunBench();
    bench.replace(bench.tool('read', 'read', (path) => ({ content: content(path) })));
    bench.model = new AnthropicModel({ id: 'anthropic/x', model: 'x', apiKey: 'k', baseUrl: server.url });
    const outcome = await heldWithInterruptions(bench);
    await server.close();
    expect(outcome).toMatchObject({ kind: 'closed', turn: TURNS });

    const { messages } = server.requests.at(-1) ?? { messages: [] };
    expect(JSON.stringify(messages).split('What a person said').length - 1).toBe(4);
    expect(messages.length).toBe(2 * TURNS - 1);
    expect(shareRead(outcome)).toBeGreaterThanOrEqual(0.95);
    for (const [index, body] of server.requests.entries()) {
      const before = wire(server.requests[index - 1]);
      expect(wire(body).slice(0, before.length)).toEqual(before);
    }
  }, 180_000);
});

/** Every fiftieth turn a person says something, and the holder dies soon after. */
async function heldWithInterruptions(bench: RunBench): Promise<RunOutcome> {
  const messages: { id: string; text: string }[] = [];
  const steering = () => Promise.resolve({ wanted: 'go' as const, messages });
  const limits = { maxTurns: TURNS, maxTokens: 1_000 };
  for (let takeover = 1; takeover <= 4; takeover += 1) {
    messages.push({ id: `m${takeover}`, text: `What a person said, ${takeover}.` });
    let left = 40;
    const killPoint = (name: string): void => {
      if (name === 'turn-recorded' && (left -= 1) === 0) throw new Error('killed');
    };
    await expect(
      bench.hold({ limits, steering, killPoint, system: `Told to ${takeover}.` }),
    ).rejects.toThrow();
  }
  return bench.hold({ limits, steering });
}

function shareRead({ usage }: RunOutcome): number {
  return usage.cacheRead / (usage.input + usage.cacheRead + usage.cacheWrite);
}

/** What the provider's cache sees: system prompt, tools and blocks in order, without the marks. */
function wire(body: unknown): readonly string[] {
  if (body === undefined) return [];
  const { system, tools, messages } = JSON.parse(
    JSON.stringify(body, (key, value: unknown) => (key === 'cache_control' ? undefined : value)),
  ) as { system: unknown; tools: unknown; messages: { role: string; content: unknown[] }[] };
  const blocks = messages.flatMap(({ role, content: parts }) =>
    parts.map((part) => JSON.stringify([role, part])),
  );
  return [JSON.stringify(system), JSON.stringify(tools), ...blocks];
}

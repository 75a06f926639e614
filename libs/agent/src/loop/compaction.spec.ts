import { createHash } from 'node:crypto';
import { ModelError, type Message, type Model, type ModelReply, type ModelRequest } from '@missions/models';
import { call, RunBench, turn } from '../conformance/run-bench.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import type { KillPoint } from './options.ts';

const TURNS = 40;
/** About 1,000 tokens; forty of them fill the window four times. */
const output = (path: string): string => `${path}: ${'the content of a file, '.repeat(170)}`;
const limits = { maxTurns: 100, maxTokens: 1_000 };
const contextTokens = 10_000;
/** Room for the references to everything that was read. */
const roomy = 20_000;
const price = { input: 1_000_000, output: 1_000_000 };

describe('a conversation near its window', () => {
  it('lets old outputs go by reference, and keeps the newest', async () => {
    const { bench, facts, requests } = await played(reader({ talkative: false }), {}, roomy);
    const cleared = facts.filter((fact) => fact.type === 'OutputsCleared');
    expect(cleared.length).toBeGreaterThan(1);
    expect(facts.some(({ type }) => type === 'ContextSummarized')).toBe(false);
    expect(requests.every((request) => tokensOf(request) < roomy)).toBe(true);
    for (const { data } of cleared) {
      expect(data.reason).toBe('window');
      for (const { turn: at, digest, bytes } of data.outputs) {
        expect(at).toBeLessThanOrEqual(data.turn - 3);
        const kept = Buffer.from((await bench.artifacts.get(digest)) ?? []).toString();
        expect([kept, bytes]).toEqual([output(`file-${at}`), kept.length]);
        expect(digest).toBe(`sha256:${createHash('sha256').update(kept).digest('hex')}`);
      }
    }
    const [first] = cleared[0]?.data.outputs ?? [];
    expect(JSON.stringify(requests.at(-1))).toContain(
      `[output cleared; artifact ${first?.digest ?? ''}, ${first?.bytes ?? 0} bytes: call the tool again if you need it]`,
    );
  });

  it('is summarised by the model when that is not enough, at a price, and keeps the first message and what people said', async () => {
    const { facts, requests, outcome } = await played(reader({ talkative: true }), {
      steering: () => Promise.resolve({ wanted: 'go', messages: [{ id: 'm1', text: 'Never touch b.ts.' }] }),
    });
    const summaries = facts.filter((fact) => fact.type === 'ContextSummarized');
    expect(summaries.length).toBeGreaterThan(1);
    const [opening, reply] = requests.at(-1)?.messages ?? [];
    expect(opening?.content.map((block) => (block.type === 'text' ? block.text : '')).slice(0, 2)).toEqual([
      requests[0]?.messages[0]?.content[0]?.type === 'text' ? requests[0].messages[0].content[0].text : '',
      'Never touch b.ts.',
    ]);
    expect(opening?.content).toHaveLength(3);
    expect(JSON.stringify(opening?.content[2])).toContain('I read the files up to');
    expect(reply?.role).toBe('assistant');
    expect(requests.every((request) => tokensOf(request) < contextTokens)).toBe(true);
    const paid = facts.reduce((usd, { data }) => usd + ('costUsd' in data ? Number(data.costUsd) : 0), 0);
    expect(outcome).toMatchObject({ kind: 'closed', usage: { turns: TURNS, costUsd: paid } });
    expect(requests).toHaveLength(TURNS + summaries.length);
  });

  it('keeps its prefix from one compaction to the next', async () => {
    const { facts, requests } = await played(reader({ talkative: true }));
    const compactions = facts.filter(isCompaction).length;
    const broken = requests.filter((request, index) => !isContinued(requests[index - 1], request));
    // A summary may be asked for by a shorter prefix than the one before it, and what follows has another in any case.
    expect(broken.length).toBeLessThanOrEqual(2 * compactions);
    expect([compactions > 1, compactions < TURNS / 4]).toEqual([true, true]);
  });

  it.each<KillPoint>(['compacted', 'before-call', 'after-call', 'turn-recorded', 'results-recorded'])(
    'is the same after every kill at %s',
    async (point) => {
      const model = reader({ talkative: true });
      const undisturbed = await played(model);
      const bench = benchOf(model);
      for (let kill = 0; kill < 60; kill += 1) await bench.holdUntilKilled(2, point);
      expect(await bench.hold({ limits, price })).toMatchObject({ kind: 'closed', turn: TURNS });
      expect((await bench.state()).messages).toEqual((await undisturbed.bench.state()).messages);
    },
  );

  it('lets hundreds of outputs go in one commit, in facts that fit', async () => {
    const model: Model = {
      id: 'demo/x',
      respond: ({ messages }) => {
        const at = messages.filter(({ role }) => role === 'assistant').length + 1;
        const reads = Array.from({ length: 30 }, (_, index) => callOf('read', `${at}-${index}`).content);
        const content = at > 14 ? callOf('done').content : reads.flat();
        const calls = content.map((block, index) => ({ ...block, id: `c${at}-${index}` }));
        return Promise.resolve(reply(calls as ModelReply['content'], 'tool_use'));
      },
    };
    const { facts, outcome } = await played(model, {}, 450_000);
    expect(outcome).toMatchObject({ kind: 'closed' });
    const cleared = facts.flatMap((fact) =>
      fact.type === 'OutputsCleared' ? [fact.data.outputs.length] : [],
    );
    expect(cleared.length).toBeGreaterThan(1);
    expect(Math.max(...cleared)).toBe(100);
  });

  it('is summarised by the engine when the model gives no summary', async () => {
    const { facts } = await played(reader({ talkative: true, refusesSummary: true }));
    const summary = facts.find((fact) => fact.type === 'ContextSummarized')?.data;
    expect(summary).toMatchObject({ by: 'engine', upTo: expect.any(Number) as unknown });
    expect(summary?.summary).toContain('- read {"path":"file-1"}');
  });
});

describe('a conversation that overflowed', () => {
  it('is shortened once and goes on, though nobody said how large the window is', async () => {
    const { facts, outcome } = await played(bounded(reader({ talkative: true })), {}, 'unknown');
    expect(outcome).toMatchObject({ kind: 'closed', turn: TURNS });
    expect(new Set(facts.filter(isCompaction).map(({ data }) => data.reason))).toEqual(new Set(['overflow']));
  });

  it('ends the run when it overflows again at once', async () => {
    let left = 5;
    const model: Model = {
      id: 'demo/x',
      respond: (request) => {
        left -= 1;
        return left >= 0 ? reader({ talkative: true }).respond(request) : Promise.reject(tooLong);
      },
    };
    const { outcome, facts } = await played(model, {}, 'unknown');
    expect(outcome).toMatchObject({ kind: 'failed', cause: 'context_overflow' });
    expect(facts.filter(isCompaction).length).toBeGreaterThan(0);
  });

  it('ends the run when nothing can be left out', async () => {
    const model: Model = { id: 'demo/x', respond: () => Promise.reject(tooLong) };
    const { outcome, facts } = await played(model, {}, 'unknown');
    expect(outcome).toMatchObject({ kind: 'failed', cause: 'context_overflow' });
    expect(facts.filter(isCompaction)).toEqual([]);
  });

  it('never executes a call that the end of the window cut', async () => {
    let turns = 0;
    const model: Model = {
      id: 'demo/x',
      respond: async (request) => {
        const reply = await reader({ talkative: true }).respond(request);
        turns += 1;
        return turns === 6 ? { ...callOf('write', 'half'), stopReason: 'context_overflow' } : reply;
      },
    };
    const { bench, outcome } = await played(model, {}, 'unknown');
    expect(outcome).toMatchObject({ kind: 'closed' });
    expect(bench.effects.some((effect) => effect.startsWith('write'))).toBe(false);
    expect(await bench.results(6)).toMatchObject([{ refused: 'malformed' }]);
  });
});

const tooLong = new ModelError('context_overflow', 'prompt is too long');

type Compaction = Extract<TranscriptFact, { type: 'OutputsCleared' | 'ContextSummarized' }>;

function isCompaction(fact: TranscriptFact): fact is Compaction {
  return fact.type === 'OutputsCleared' || fact.type === 'ContextSummarized';
}

/** Reads forty files, one a turn, and closes. */
function reader(how: { readonly talkative: boolean; readonly refusesSummary?: boolean }): Model {
  return {
    id: 'demo/reader',
    contextTokens,
    respond: ({ messages }) => {
      const asked = messages.at(-1)?.content.at(-1);
      const last = lastRead(messages);
      const isSummary = asked?.type === 'text' && asked.text.startsWith('Room in this conversation runs out');
      if (isSummary && how.refusesSummary !== true)
        return Promise.resolve(textOf(`I read the files up to ${last}.`));
      const next = last + 1 >= TURNS ? callOf('done') : callOf('read', `file-${last + 1}`);
      const thoughts = { type: 'text', text: 'I think about it. '.repeat(how.talkative ? 60 : 1) } as const;
      return Promise.resolve({ ...next, content: [thoughts, ...next.content] });
    },
  };
}

function lastRead(messages: readonly Message[]): number {
  const numbers = [...JSON.stringify(messages).matchAll(/"path":"file-(\d+)"|files up to (\d+)/g)];
  return Math.max(0, ...numbers.map(([, read, summarised]) => Number(read ?? summarised)));
}

/** A model whose provider refuses what is too long, and whose window nobody configured. */
function bounded(model: Model): Model {
  return {
    id: model.id,
    respond: (request) =>
      tokensOf(request) > contextTokens ? Promise.reject(tooLong) : model.respond(request),
  };
}

function callOf(tool: string, path?: string): ModelReply {
  const input = path === undefined ? {} : { path };
  return reply([{ type: 'tool_use', id: 'c1', name: tool, input }], 'tool_use');
}

function textOf(text: string): ModelReply {
  return reply([{ type: 'text', text }], 'end_turn');
}

function reply(content: ModelReply['content'], stopReason: ModelReply['stopReason']): ModelReply {
  return { content, stopReason, usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } };
}

function tokensOf({ system, messages, tools }: ModelRequest): number {
  return Math.ceil(JSON.stringify([system, messages, tools]).length / 4);
}

function benchOf(model: Model): RunBench {
  const bench = new RunBench([turn(call('done'))]);
  bench.model = bench.counting({
    id: model.id,
    contextTokens: model.contextTokens,
    respond: async (request, options) => {
      const replied = await model.respond(request, options);
      return { ...replied, usage: { ...replied.usage, input: tokensOf(request), output: 10 } };
    },
  });
  bench.replace(bench.tool('read', 'read', (path) => ({ content: output(path) })));
  return bench;
}

async function played(
  model: Model,
  overrides: Parameters<RunBench['hold']>[0] = {},
  window: number | 'unknown' = contextTokens,
) {
  const bench = benchOf({ ...model, contextTokens: window === 'unknown' ? undefined : window });
  const outcome = await bench.hold({ limits, price, ...overrides });
  return { bench, outcome, facts: await bench.facts(), requests: bench.requests };
}

function isContinued(before: ModelRequest | undefined, after: ModelRequest): boolean {
  const told = (before?.messages ?? []).flatMap(({ content }): readonly unknown[] => content);
  const now = after.messages.flatMap(({ content }): readonly unknown[] => content);
  return JSON.stringify(now.slice(0, told.length)) === JSON.stringify(told);
}

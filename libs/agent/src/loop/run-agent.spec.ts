import { DomainError } from '@missions/kernel';
import { ModelError, type Model, type ModelReply } from '@missions/models';
import { call, RunBench, scripted, secret, turn } from '../conformance/run-bench.ts';
import { SliceBudget } from '../slice-budget.ts';
import type { Progress } from './options.ts';
import { FailRun, StopRun, type Steering } from '../steering.ts';

const close = turn(call('done'));

describe('a run', () => {
  it('ends when its closing tool accepts, with one commit for each reply and one for its results', async () => {
    const bench = new RunBench([turn(call('read', 'a'), call('read', 'b')), close]);
    const outcome = await bench.hold();
    expect(outcome).toMatchObject({ kind: 'closed', tool: 'done', turn: 2, usage: { turns: 2, costUsd: 0 } });
    expect(bench.factTypes).toEqual([
      'RunResumed',
      'ContextAssembled',
      'TurnRecorded',
      'ToolResultsRecorded',
      'TurnRecorded',
      'ToolResultsRecorded',
    ]);
    expect(bench.log.commits).toBe(5);
  });

  it('goes on when its close is refused', async () => {
    const bench = new RunBench([close, turn(call('write', 'a')), close]);
    let refusals = 1;
    bench.replace(
      bench.tool('done', 'closing', () => {
        refusals -= 1;
        return refusals >= 0 ? { content: 'A test fails.', isError: true } : { content: 'accepted' };
      }),
    );
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 3 });
    expect(await bench.results(1)).toMatchObject([{ content: 'A test fails.', isError: true }]);
  });

  it('ends with its text when it has no closing tool', async () => {
    const bench = new RunBench([turn(call('read', 'a')), { text: 'Because.' }]);
    expect(await bench.hold({ endsWithText: true })).toMatchObject({
      kind: 'text',
      text: 'Because.',
      turn: 2,
    });
  });

  it('is reminded once when it ends without closing, then it has failed', async () => {
    const bench = new RunBench([{ text: 'Done!' }, { text: 'Really.' }]);
    expect(await bench.hold()).toMatchObject({ kind: 'failed', cause: 'empty_run' });
    expect(JSON.stringify(bench.requests[1]?.messages.at(-1))).toContain('calling `done`');
  });

  it('may end without a call again after it was reminded and went on', async () => {
    const bench = new RunBench([{ text: 'Done!' }, turn(call('read')), { text: 'Done!' }, close]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 4 });
  });

  it('ends at its limit of turns', async () => {
    const bench = new RunBench([turn(call('read', 'a')), turn(call('read', 'b')), close]);
    const limits = { maxTurns: 2, maxTokens: 10 };
    expect(await bench.hold({ limits })).toMatchObject({ kind: 'failed', cause: 'budget' });
  });

  it('ends at its limit of tokens', async () => {
    const bench = new RunBench([{ ...turn(call('read')), usage: { input: 90, output: 10 } }, close]);
    const limits = { maxTurns: 9, maxTokens: 10, maxRunTokens: 100 };
    expect(await bench.hold({ limits })).toMatchObject({
      kind: 'failed',
      cause: 'budget',
      usage: { turns: 1 },
    });
  });

  it('ends when it goes round in circles', async () => {
    const bench = new RunBench(Array.from({ length: 20 }, () => turn(call('read', 'a'))));
    expect(await bench.hold()).toMatchObject({ kind: 'failed', cause: 'stall', usage: { turns: 6 } });
  });

  it.each([
    ['refusal', 'refusal'],
    ['context_overflow', 'context_overflow'],
  ])('ends when the model stops by %s', async (stopReason, cause) => {
    const bench = new RunBench([{ ...turn(call('write')), stopReason }]);
    if (stopReason === 'context_overflow') bench.model = scripted([{ text: 'x', stopReason }]);
    expect(await bench.hold()).toMatchObject({ kind: 'failed', cause });
    expect(bench.effects).toEqual([]);
  });

  it('goes on after the model paused its turn', async () => {
    const bench = new RunBench([{ text: 'thinking…', stopReason: 'pause_turn' }, close]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 2 });
  });

  it.each(['auth', 'rate_limit', 'budget', 'model', 'context_overflow'] as const)(
    'ends with the cause of a failed call: %s',
    async (code) => {
      const bench = new RunBench([close]);
      bench.model = failing(new ModelError(code, `no: ${secret}`));
      const outcome = await bench.hold();
      expect(outcome).toMatchObject({ kind: 'failed', cause: code, detail: 'no: [redacted:PASSWORD]' });
    },
  );

  it('lets a fault rise', async () => {
    const bench = new RunBench([close]);
    bench.model = failing(new TypeError('a bug'));
    await expect(bench.hold()).rejects.toThrow('a bug');
  });

  it('shows where it is', async () => {
    const bench = new RunBench([turn(call('read', secret)), close]);
    const lines: unknown[] = [];
    await bench.hold({
      onProgress: ({ turn: at, lastToolLine, costUsd }) => lines.push([at, lastToolLine, costUsd]),
    });
    expect(lines).toContainEqual([1, 'read {"path":"[redacted:PASSWORD]"}', 0]);
  });

  it('says of every part of a reply that it moved, and how long a silent tool may take', async () => {
    const bench = new RunBench([{ text: 'I look first.', calls: [call('read', 'a')] }, close]);
    const seen: Progress[] = [];
    bench.replace({ ...bench.tool('read', 'read', () => ({ content: 'a' })), timeoutMs: 1_234 });
    await bench.hold({ onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ moves }) => moves)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.filter(({ turn: at, quietMs }) => at === 0 && quietMs === 0).length).toBeGreaterThan(2);
    expect(seen.map(({ quietMs }) => quietMs)).toContain(1_234);
    expect(seen.at(-1)).toMatchObject({ quietMs: 0 });
  });

  it('that is stopped for a cause fails by it, and the call under way counts at its worst', async () => {
    const bench = new RunBench([close]);
    const stop = new AbortController();
    bench.model = {
      id: 'demo/silent',
      respond: async (_request, options) => {
        stop.abort(new FailRun('stall', `Nothing moved: ${secret}`));
        options?.signal?.throwIfAborted();
        return Promise.reject(new Error('Not reached.'));
      },
    };
    expect(await bench.hold({ signal: stop.signal })).toMatchObject({
      kind: 'failed',
      cause: 'stall',
      detail: 'Nothing moved: [redacted:PASSWORD]',
    });
    expect(bench.factTypes).toContain('CallAbandoned');
  });
});

describe('the calls of a turn', () => {
  it('run in parallel when they read, in order when they write, and close last', async () => {
    const bench = new RunBench([
      turn(call('done'), call('read', 'a'), call('read', 'b'), call('write', 'c'), call('once', 'd')),
    ]);
    const meeting = Promise.withResolvers<undefined>();
    let arrived = 0;
    bench.replace(
      bench.tool('read', 'read', async () => {
        arrived += 1;
        if (arrived === 2) meeting.resolve(undefined);
        await meeting.promise;
        return { content: 'met' };
      }),
    );
    await bench.hold();
    expect(bench.effects).toEqual(['read a', 'read b', 'write c', 'once d', 'done -']);
    expect((await bench.results(1)).map(({ content }) => content)).toEqual([
      'accepted',
      'met',
      'met',
      'wrote c',
      'did d',
    ]);
  });

  it.each([
    ['of an unknown tool', call('raed', 'a'), 'unknown_tool', 'Did you mean read?'],
    ['with a wrong input', { tool: 'read', input: { file: 1 } }, 'invalid_input', 'Unrecognized key: "file"'],
  ])('are answered, not executed, when %s', async (_name, wrong, refused, content) => {
    const bench = new RunBench([turn(wrong, call('write', 'x')), close]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(await bench.results(1)).toMatchObject([
      { refused, isError: true, content: expect.stringContaining(content) as unknown },
      { content: 'wrote x', isError: false },
    ]);
    expect(bench.effects).toEqual(['write x', 'done -']);
  });

  it('close once', async () => {
    const bench = new RunBench([turn(call('done', 'a'), call('done', 'b'))]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 1 });
    expect(bench.effects).toEqual(['done a']);
    expect((await bench.results(1))[1]).toMatchObject({ refused: 'second_close' });
  });

  it('have ids of their own', async () => {
    const bench = new RunBench([close]);
    const block = { type: 'tool_use', id: 'same', name: 'write', input: { path: 'a' } } as const;
    bench.model = replying([
      { content: [block, block], stopReason: 'tool_use' },
      { content: [{ ...block, name: 'done' }], stopReason: 'tool_use' },
    ]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(bench.effects).toEqual(['write a', 'done a']);
    expect((await bench.results(1))[1]).toMatchObject({ callId: 'same_again', refused: 'malformed' });
  });

  it.each([
    ['cut at the token limit', 'max_tokens' as const, {}],
    ['malformed', 'tool_use' as const, { malformed: '{"pa' }],
  ])('are never executed when they are %s', async (_name, stopReason, extra) => {
    const bench = new RunBench();
    const block = { type: 'tool_use', id: 'c1', name: 'write', input: { path: 'a' }, ...extra } as const;
    bench.model = replying([
      { content: [block], stopReason },
      { content: [{ type: 'tool_use', id: 'c2', name: 'done', input: {} }], stopReason: 'tool_use' },
    ]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 2 });
    expect(bench.effects).toEqual(['done -']);
  });

  it('end the run when none could be executed too often in a row', async () => {
    const bench = new RunBench(Array.from({ length: 9 }, (_, index) => turn(call(`no-${String(index)}`))));
    expect(await bench.hold()).toMatchObject({ kind: 'failed', cause: 'tool', usage: { turns: 5 } });
  });
});

describe('a tool', () => {
  it('that throws gives an error result without secrets', async () => {
    const bench = new RunBench([turn(call('read', 'a')), close]);
    bench.replace(bench.tool('read', 'read', () => Promise.reject(new Error(`cannot use ${secret}`))));
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(await bench.results(1)).toMatchObject([
      { content: 'The tool failed: cannot use [redacted:PASSWORD]', isError: true },
    ]);
  });

  it('that takes too long is stopped, also when it ignores its signal', async () => {
    const bench = new RunBench([turn(call('read', 'a')), close]);
    bench.replace(bench.tool('read', 'read', () => new Promise(() => undefined), { timeoutMs: 20 }));
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(await bench.results(1)).toMatchObject([
      { content: 'Stopped: the call took longer than 20 ms.', isError: true },
    ]);
  });

  it('can end the run when it cannot go on', async () => {
    const bench = new RunBench([turn(call('read', 'a')), close]);
    bench.replace(
      bench.tool('read', 'read', () => Promise.reject(new FailRun('sandbox', 'The sandbox is gone.'))),
    );
    expect(await bench.hold()).toMatchObject({
      kind: 'failed',
      cause: 'sandbox',
      detail: 'The sandbox is gone.',
    });
  });

  it('that closes and breaks leaves the run to another holder, who repeats the close', async () => {
    const bench = new RunBench([close]);
    const seen: unknown[] = [];
    bench.replace(
      bench.tool('done', 'closing', (_path, { turn: at, callId, at: instant }) => {
        seen.push([at, callId, instant]);
        return seen.length === 1 ? Promise.reject(new Error('no answer')) : { content: 'accepted' };
      }),
    );
    await expect(bench.hold()).rejects.toThrow('no answer');
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 1 });
    expect(seen[1]).toEqual(seen[0]);
    expect(bench.requests).toHaveLength(1);
  });

  it('that closes and refuses is answered', async () => {
    const bench = new RunBench([close, { text: 'a' }, { text: 'b' }]);
    bench.replace(
      bench.tool('done', 'closing', () => Promise.reject(new DomainError('NO_DIFF', 'Nothing changed.'))),
    );
    expect(await bench.hold()).toMatchObject({ kind: 'failed', cause: 'empty_run' });
    expect(await bench.results(1)).toMatchObject([
      { content: 'The tool failed: Nothing changed.', isError: true },
    ]);
  });

  it('that writes is followed by a checkpoint in the commit of its results', async () => {
    const bench = new RunBench([turn(call('read')), turn(call('write', 'a')), close]);
    await bench.hold({ checkpoint: (at) => Promise.resolve({ sha: `sha-${String(at)}` }) });
    const facts = await bench.facts();
    expect(facts.flatMap((fact) => (fact.type === 'CheckpointTaken' ? [fact.data] : []))).toEqual([
      { turn: 2, sha: 'sha-2' },
    ]);
    expect(bench.log.commits).toBe(7);
  });
});

describe('steering', () => {
  it('brings each message in once, before the next call', async () => {
    const bench = new RunBench([turn(call('read', 'a')), turn(call('read', 'b')), close]);
    const message = { id: 'm1', text: `Use ${secret} tabs.` };
    let asked = 0;
    await bench.hold({
      steering: () => {
        asked += 1;
        return Promise.resolve({ wanted: 'go', messages: asked === 1 ? [] : [message, message] });
      },
    });
    expect(bench.factTypes.filter((type) => type === 'MessageInjected')).toHaveLength(1);
    expect(bench.requests[1]?.messages.at(-1)?.content.map((block) => block.type)).toEqual([
      'tool_result',
      'text',
    ]);
    expect(JSON.stringify(bench.requests[1]?.messages)).toContain('Use [redacted:PASSWORD] tabs.');
  });

  it('pauses at the end of a turn and goes on from there', async () => {
    const bench = new RunBench([turn(call('once', 'a')), close]);
    const answers: Steering[] = [
      { wanted: 'go', messages: [] },
      { wanted: 'pause', messages: [] },
    ];
    const steering = (): Promise<Steering> =>
      Promise.resolve(answers.shift() ?? { wanted: 'go', messages: [] });
    expect(await bench.hold({ steering })).toMatchObject({ kind: 'suspended', turn: 1 });
    expect(await bench.hold({ steering })).toMatchObject({ kind: 'closed', turn: 2, usage: { costUsd: 0 } });
    expect(bench.effects).toEqual(['once a', 'done -']);
    const resumed = (await bench.facts()).filter((fact) => fact.type === 'RunResumed');
    expect(resumed.map((fact) => fact.data.lostCall)).toEqual([undefined, undefined]);
  });

  it('keeps calls that a pause came before, and executes them afterwards', async () => {
    const bench = new RunBench([turn(call('once', 'a')), close]);
    const pause = new AbortController();
    bench.model = bench.counting({
      id: 'demo/x',
      respond: (request) => {
        pause.abort();
        return scripted([turn(call('once', 'a')), close]).respond(request);
      },
    });
    expect(await bench.hold({ pauseSignal: pause.signal })).toMatchObject({ kind: 'suspended', turn: 1 });
    expect(bench.effects).toEqual([]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 2 });
    expect(bench.effects).toEqual(['once a', 'done -']);
  });

  it('reads again after a pause what the pause cut off', async () => {
    const bench = new RunBench([turn(call('read', 'a'), call('read', 'b')), close]);
    const pause = new AbortController();
    const read = bench.tool('read', 'read', (path) => {
      pause.abort();
      return path === 'a' ? { content: 'a at once' } : new Promise(() => undefined);
    });
    bench.replace(read);
    const limits = { maxTurns: 9, maxTokens: 9, pauseGraceMs: 20 };
    expect(await bench.hold({ pauseSignal: pause.signal, limits })).toMatchObject({
      kind: 'suspended',
      turn: 1,
    });
    bench.replace(bench.tool('read', 'read', (path) => ({ content: `${path} again` })));
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect((await bench.results(1)).map(({ content }) => content)).toEqual(['a again', 'b again']);
  });

  it('gives a tool its time of grace when a pause is wanted', async () => {
    const bench = new RunBench([turn(call('once', 'slow')), close]);
    const pause = new AbortController();
    bench.replace(
      bench.tool('once', 'write', () => {
        pause.abort();
        return new Promise(() => undefined);
      }),
    );
    const limits = { maxTurns: 9, maxTokens: 9, pauseGraceMs: 20 };
    expect(await bench.hold({ pauseSignal: pause.signal, limits })).toMatchObject({
      kind: 'suspended',
      turn: 1,
    });
    expect(await bench.results(1)).toMatchObject([
      { isError: true, content: expect.stringContaining('paused') as unknown },
    ]);
  });

  it('gives a reply its time of grace too, and charges its worst case', async () => {
    const bench = new RunBench();
    const pause = new AbortController();
    bench.model = hanging(() => {
      pause.abort();
    });
    const limits = { maxTurns: 9, maxTokens: 1_000_000, pauseGraceMs: 20 };
    const price = { input: 0, output: 2 };
    const outcome = await bench.hold({ pauseSignal: pause.signal, limits, price });
    expect(outcome).toMatchObject({ kind: 'suspended', turn: 0, usage: { costUsd: 2 } });
  });

  it.each([
    ['cancel', 'cancelled'],
    ['interrupt', 'interrupted'],
    ['release', 'released'],
  ] as const)('stops a reply at once: %s', async (how, kind) => {
    const bench = new RunBench();
    const stop = new AbortController();
    bench.model = hanging(() => {
      stop.abort(new StopRun(how));
    });
    expect(await bench.hold({ signal: stop.signal })).toMatchObject({ kind });
    expect(bench.factTypes.includes('CallAbandoned')).toBe(how !== 'release');
  });

  it('stops a tool at once and records nothing of it', async () => {
    const bench = new RunBench([turn(call('once', 'a')), close]);
    const stop = new AbortController();
    bench.replace(
      bench.tool('once', 'write', () => {
        stop.abort(new StopRun('cancel'));
        return new Promise(() => undefined);
      }),
    );
    expect(await bench.hold({ signal: stop.signal })).toMatchObject({ kind: 'cancelled', turn: 1 });
    expect(bench.factTypes.at(-1)).toBe('TurnRecorded');
  });
});

describe('the budget of a run', () => {
  const price = { input: 0, output: 1_000_000 };
  const limits = { maxTurns: 9, maxTokens: 10 };
  const turns = [
    { ...turn(call('read')), usage: { output: 4 } },
    { ...close, usage: { output: 5 } },
  ];

  it('is asked for the worst case and charged what a call cost', async () => {
    const bench = new RunBench(turns);
    const asked: number[] = [];
    const budget = new SliceBudget({
      sliceUsd: 12,
      more: (missingUsd) => {
        asked.push(missingUsd);
        return Promise.resolve(2);
      },
    });
    expect(await bench.hold({ price, limits, budget })).toMatchObject({
      kind: 'closed',
      usage: { costUsd: 9, output: 9 },
    });
    expect(asked).toEqual([2]);
    expect(budget.spentUsd).toBe(9);
  });

  it('ends it before a call that it does not cover', async () => {
    const bench = new RunBench(turns);
    const budget = new SliceBudget({ sliceUsd: 13 });
    expect(await bench.hold({ price, limits, budget })).toMatchObject({
      kind: 'failed',
      cause: 'budget',
      usage: { costUsd: 4 },
    });
    expect(bench.requests).toHaveLength(1);
  });

  it('counts turns and tokens only when the model is unpriced', async () => {
    const bench = new RunBench(turns);
    const budget = new SliceBudget({ sliceUsd: 0 });
    expect(await bench.hold({ price: undefined, limits, budget })).toMatchObject({
      kind: 'closed',
      usage: { costUsd: 'unpriced', output: 9, turns: 2 },
    });
  });
});

describe('what a run records', () => {
  it('holds no secret, and says the same to the model', async () => {
    const bench = new RunBench();
    bench.replace(
      bench.tool('read', 'read', () => ({ content: `found ${secret}`, captured: { output: [secret] } })),
    );
    bench.model = bench.counting(
      replying([
        {
          content: [
            { type: 'thinking', text: `I know ${secret}`, signature: 'sig' },
            { type: 'thinking', text: 'harmless', signature: 'sig' },
            { type: 'text', text: `It is ${secret}` },
            { type: 'tool_use', id: 'c1', name: 'read', input: { path: secret } },
          ],
          stopReason: 'tool_use',
        },
        { content: [{ type: 'tool_use', id: 'c2', name: 'done', input: {} }], stopReason: 'tool_use' },
      ]),
    );
    await bench.hold({ system: `The password is ${secret}.` });
    expect(JSON.stringify([bench.log.events, bench.requests, bench.effects])).not.toContain(secret);
    expect(bench.requests[1]?.messages[1]?.content.map((block) => block.type)).toEqual([
      'thinking',
      'text',
      'tool_use',
    ]);
  });

  it('keeps long texts as artifacts and the model never notices', async () => {
    const long = 'ü'.repeat(40_000);
    const bench = new RunBench([turn(call('write', long), call('read', 'a')), close]);
    bench.replace(bench.tool('read', 'read', () => ({ content: long })));
    await bench.hold({ firstMessage: `\`\`\`json\n{}\n\`\`\`\n${long}` });
    expect(bench.log.events.every((event) => JSON.stringify(event).length < 8_000)).toBe(true);
    const { messages } = await bench.state();
    expect(messages.slice(0, -2)).toEqual(bench.requests[1]?.messages);
    expect(JSON.stringify(messages).split(long)).toHaveLength(5);
  });
});

function failing(error: Error): Model {
  return { id: 'demo/x', respond: () => Promise.reject(error) };
}

function hanging(onCall: () => void): Model {
  return {
    id: 'demo/x',
    respond: (_request, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          reject(options.signal?.reason as Error);
        });
        onCall();
      }),
  };
}

function replying(replies: readonly Omit<ModelReply, 'usage'>[]): Model {
  return {
    id: 'demo/x',
    respond: ({ messages }) => {
      const reply = replies[messages.filter(({ role }) => role === 'assistant').length];
      if (!reply) return Promise.reject(new Error('no further reply'));
      return Promise.resolve({ ...reply, usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } });
    },
  };
}

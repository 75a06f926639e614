import type { ContentBlock, Model, ModelReply } from '@missions/models';
import { call, RunBench, secret, turn } from '../conformance/run-bench.ts';
import { longestResult, plainText } from './presentable.ts';

const close = turn(call('done'));

describe('a tool that misbehaves', () => {
  it('is stopped when it never ends, and the model is told', async () => {
    const bench = new RunBench([turn(call('read', 'x')), close]);
    bench.replace(bench.tool('read', 'read', () => new Promise(() => undefined), { timeoutMs: 20 }));
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(await bench.results(1)).toMatchObject([
      { isError: true, content: 'Stopped: the call took longer than 20 ms.' },
    ]);
  });

  it('is contained when it throws, also something that is no error', async () => {
    const bench = new RunBench([turn(call('read'), call('write')), close]);
    bench.replace(
      bench.tool('read', 'read', () => {
        throw new TypeError(`no ${secret}`);
      }),
    );
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is the case
    bench.replace(bench.tool('write', 'write', () => Promise.reject('a text')));
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(await bench.results(1)).toMatchObject([
      { isError: true, content: 'The tool failed: no [redacted:PASSWORD]' },
      { isError: true, content: 'The tool failed: a text' },
    ]);
  });

  it('is contained when it throws before it promises anything', async () => {
    const bench = new RunBench([turn(call('read')), close]);
    const hasty = (): never => {
      throw new RangeError('at once');
    };
    bench.replace({ ...bench.tool('read', 'read', hasty), execute: hasty });
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(await bench.results(1)).toMatchObject([{ isError: true, content: 'The tool failed: at once' }]);
  });

  it('may say as much as it likes: what is shown and kept is bounded, head and tail', async () => {
    const bench = new RunBench([turn(call('read')), close]);
    const said = `begin ${'x'.repeat(100_000_000)} end`;
    bench.replace(bench.tool('read', 'read', () => ({ content: said })));
    await bench.hold();
    const [result] = await bench.results(1);
    expect(result?.content.length).toBeLessThan(longestResult + 100);
    const isShown = /^begin x+\n…99950010 characters omitted…\nx+ end$/.test(result?.content ?? '');
    expect(isShown).toBe(true);
  });

  it('cannot hide a secret in terminal sequences, nor turn text around', async () => {
    const bench = new RunBench([turn(call('read')), close]);
    const hidden = `${secret.slice(0, 5)}\u001b[1m${secret.slice(5)}`;
    bench.replace(
      bench.tool('read', 'read', () => ({
        content: `\u001b[31mred\u001b[0m ${hidden} \u202egnol\u0000\ud800`,
      })),
    );
    await bench.hold();
    expect((await bench.results(1))[0]?.content).toBe('red [redacted:PASSWORD] ⟨U+202E⟩gnol⟨U+0000⟩\ufffd');
  });

  it.each([
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['a title', '\u001b]0;evil\u0007text', 'text'],
    ['a link', '\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['a cursor', 'a\u001b[2Jb\u001b[Hc', 'abc'],
    ['a lone escape', 'a\u001b', 'a⟨U+001B⟩'],
    ['a title without an end', '\u001b]0;evil', '0;evil'],
    ['lines and tabs, which stay', 'a\tb\r\nc', 'a\tb\r\nc'],
    ['people and scripts, which stay', '👩‍👩‍👧 שלום\u200f', '👩‍👩‍👧 שלום\u200f'],
  ])('is shown without %s', (_name, text, shown) => {
    expect(plainText(text)).toBe(shown);
  });
});

describe('a model that misbehaves', () => {
  it('has at most 32 calls of a turn executed, and is told of the others', async () => {
    const bench = new RunBench();
    const calls = Array.from({ length: 5_000 }, (_, index) => callBlock(`c${index}`, 'write', `${index}`));
    bench.model = bench.counting(replying([calls, [callBlock('d', 'done')]]));
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 2 });
    expect(bench.effects).toHaveLength(33);
    expect(JSON.stringify(bench.requests[1]?.messages.at(-1))).toContain(
      '4968 further calls of your last turn were left out: a turn has at most 32.',
    );
    expect(bench.log.events.every((event) => JSON.stringify(event).length < 65_536)).toBe(true);
  });

  it('may call with names, ids and inputs of any size', async () => {
    const bench = new RunBench();
    const huge = 'ü'.repeat(2_000_000);
    bench.model = replying([
      [
        callBlock('c1', huge, 'x'),
        callBlock(huge, 'read', 'y'),
        { type: 'tool_use', id: 'c3', name: 'write', input: { [huge]: [[[huge]]] } },
        { type: 'tool_use', id: 'c4', name: 'write', input: { path: huge } },
        { type: 'tool_use', id: 'c5', name: '', input: {} },
        { type: 'tool_use', id: 'c6', name: 'read', input: {}, malformed: huge },
      ],
      [callBlock('d', 'done')],
    ]);
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 2 });
    expect(bench.effects.map((effect) => effect.slice(0, 8))).toEqual(['read y', 'write üü', 'done -']);
    expect((await bench.results(1)).map(({ refused }) => refused)).toEqual([
      'unknown_tool',
      undefined,
      'invalid_input',
      undefined,
      'unknown_tool',
      'malformed',
    ]);
    const ofEvents = bench.log.events.map((event) => JSON.stringify(event).length);
    expect(Math.max(...ofEvents)).toBeLessThan(65_536);
  });
});

function callBlock(id: string, name: string, path = '-'): ContentBlock {
  return { type: 'tool_use', id, name, input: { path } };
}

function replying(replies: readonly (readonly ContentBlock[])[]): Model {
  return {
    id: 'demo/x',
    respond: ({ messages }) => {
      const content = replies[messages.filter(({ role }) => role === 'assistant').length] ?? [];
      const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
      const reply: ModelReply = { content: [...content], stopReason: 'tool_use', usage };
      return Promise.resolve(reply);
    },
  };
}

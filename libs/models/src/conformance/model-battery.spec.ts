import type { Message } from '../content.ts';
import type { Model, ModelDelta } from '../model.ts';
import type { ModelRequest } from '../request.ts';
import { withRunHeader } from '../run-header.ts';
import { scriptSchema, type Script } from '../scripted/index.ts';
import { allProviders, type ModelUnderTest, type OpenUnderTest } from './models-under-test.ts';

const tools = [
  { name: 'read', description: 'Reads a file.', inputSchema: { type: 'object', properties: {} } },
];

describe.each(Object.keys(allProviders))('a model behind the provider %s', (name) => {
  let opened: ModelUnderTest | undefined;
  afterEach(() => opened?.close());

  const model = async (turns: readonly unknown[]): Promise<Model> => {
    opened = await openOf(name)(scriptOf(turns), { chunkBytes: 7 });
    return opened.model;
  };

  it('answers with text', async () => {
    const reply = await (await model([{ text: 'Done.' }])).respond(ask());
    expect(reply).toMatchObject({ content: [{ type: 'text', text: 'Done.' }], stopReason: 'end_turn' });
  });

  it('answers with several calls in their order, inputs intact', async () => {
    const input = { file_path: 'a.md', nested: { list: [1, null, true, 'ü'], empty: '' } };
    const calls = [
      { tool: 'read', input },
      { tool: 'read', input: {} },
      { tool: 'glob', input: { pattern: '*' } },
    ];
    const reply = await (await model([{ text: 'Both.', calls }])).respond(ask());
    expect(reply.stopReason).toBe('tool_use');
    expect(reply.content).toEqual([
      { type: 'text', text: 'Both.' },
      ...calls.map((call, index) => ({
        type: 'tool_use',
        id: `call_1_${String(index + 1)}`,
        name: call.tool,
        input: call.input,
      })),
    ]);
  });

  it('goes on after the results of the calls', async () => {
    const ready = await model([{ calls: [{ tool: 'read', input: {} }] }, { text: 'Second.' }]);
    const first = await ready.respond(ask());
    const request = ask();
    const second = await ready.respond({
      ...request,
      messages: [
        ...request.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', callId: 'call_1_1', content: '', isError: true }] },
      ],
    });
    expect(second.content).toEqual([{ type: 'text', text: 'Second.' }]);
  });

  it('streams the text in pieces that add up to the reply', async () => {
    const text = 'A sentence that is long enough to come in more than one piece, '.repeat(4);
    const deltas: ModelDelta[] = [];
    const ready = await model([{ text, calls: [{ tool: 'read', input: { file_path: 'x' } }] }]);
    await ready.respond(ask(), { onDelta: (delta) => deltas.push(delta) });
    const pieces = deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []));
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(1);
    expect(deltas.at(-1)).toEqual({ type: 'tool_use', name: 'read' });
  });

  it('keeps every character whole, in text and in inputs', async () => {
    const text = '👩‍👩‍👧 naïve 漢字 \u{1F9EA} "quoted" \\ back\n\ttab \u2028 end';
    const reply = await (await model([{ text, calls: [{ tool: 'read', input: { text } }] }])).respond(ask());
    expect(reply.content).toEqual([
      { type: 'text', text },
      { type: 'tool_use', id: 'call_1_1', name: 'read', input: { text } },
    ]);
  });

  it('keeps a huge input whole', async () => {
    const input = { content: 'A line of a file, “quoted”.\n'.repeat(8_000) };
    opened = await openOf(name)(scriptOf([{ calls: [{ tool: 'write', input }] }]));
    const reply = await opened.model.respond(ask());
    expect(reply.content).toEqual([{ type: 'tool_use', id: 'call_1_1', name: 'write', input }]);
  });

  it('hands on a call of a tool that nobody offered, for the caller to refuse', async () => {
    const reply = await (await model([{ calls: [{ tool: 'rm -rf', input: {} }] }])).respond(ask());
    expect(reply.content).toMatchObject([{ type: 'tool_use', name: 'rm -rf', input: {} }]);
  });

  it('takes back what other providers and bad models left in the conversation', async () => {
    const id = 'functions.read:0/with a very long tail that no API takes back as it is';
    const history: Message[] = [
      ...ask().messages,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', text: 'Thought elsewhere.' },
          { type: 'tool_use', id, name: 'no such tool!', input: {}, malformed: '{"a' },
          { type: 'tool_use', id: `${id}2`, name: '', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And then?' },
          { type: 'tool_result', callId: id, content: 'There is no such tool.', isError: true },
          { type: 'tool_result', callId: `${id}2`, content: '', isError: false },
        ],
      },
      { role: 'assistant', content: [] },
      { role: 'user', content: [{ type: 'text', text: ' ' }] },
    ];
    const ready = await model([{ text: '1' }, { text: '2' }, { text: 'Third.' }]);
    const reply = await ready.respond({ ...ask(), messages: history });
    expect(reply.content).toEqual([{ type: 'text', text: 'Third.' }]);
  });

  it.each(['end_turn', 'max_tokens', 'refusal'] as const)(
    'says that it stopped by %s',
    async (stopReason) => {
      const reply = await (await model([{ text: 'So far.', stopReason }])).respond(ask());
      expect(reply.stopReason).toBe(stopReason);
    },
  );

  it.each(['auth', 'budget', 'rate_limit', 'model', 'context_overflow'] as const)(
    'fails by %s with the reason it was given',
    async (code) => {
      const error = { code, message: 'Because of the battery.' };
      const failure = (await model([{ error }])).respond(ask());
      await expect(failure).rejects.toMatchObject({
        kind: 'model',
        code,
        transient: code === 'rate_limit',
        message: expect.stringContaining('Because of the battery.') as unknown,
      });
    },
  );

  it('reports the usage it was told', async () => {
    const reply = await (await model([{ text: 'x', usage: { input: 1200, output: 300 } }])).respond(ask());
    // A server that counts nothing is charged by length instead.
    if (countsNothing(name)) expect(reply.usage.input).toBeGreaterThan(0);
    else expect(reply.usage).toMatchObject({ input: 1200, output: 300 });
  });

  it('ends at once with the reason of its signal, before and inside a call', async () => {
    const ready = await model([{ text: 'late', delayMs: 60_000 }]);
    const stop = new AbortController();
    const call = ready.respond(ask(), { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(ready.respond(ask(), { signal: stop.signal })).rejects.toBe(reason);
  });

  it('names what is missing when nobody wrote a reply', async () => {
    const ready = await model([{ text: 'only one' }]);
    await expect(ready.respond(ask({ role: 'scrutiny' }))).rejects.toMatchObject({
      kind: 'model',
      code: 'model',
      transient: false,
      message: expect.stringContaining('role is "worker" there and "scrutiny" here') as unknown,
    });
  });
});

function openOf(name: string): OpenUnderTest {
  const open = allProviders[name];
  if (!open) throw new Error(`There is no provider ${name}.`);
  return open;
}

function scriptOf(turns: readonly unknown[]): Script {
  return scriptSchema.parse({ version: 1, runs: [{ match: { role: 'worker' }, turns }] });
}

function countsNothing(name: string): boolean {
  return name.endsWith('gateway') || name.endsWith('bare');
}

function ask(header: Readonly<Record<string, string>> = { role: 'worker' }): ModelRequest {
  const text = withRunHeader(header, 'Go on.');
  return {
    system: 'You build.',
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools,
    maxTokens: 1000,
  };
}

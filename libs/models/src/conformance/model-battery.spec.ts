import { AnthropicModel } from '../anthropic/index.ts';
import type { ModelDelta, Model } from '../model.ts';
import type { ModelRequest } from '../request.ts';
import { withRunHeader } from '../run-header.ts';
import { ScriptedModel, scriptSchema, type Script } from '../scripted/index.ts';
import { startMessagesApiServer, type MessagesApiServer } from './messages-api-server.ts';

interface Provider {
  readonly open: (script: Script) => Promise<Model>;
  readonly close: () => Promise<void>;
}

const providers: Readonly<Record<string, () => Provider>> = {
  scripted: () => ({
    open: (script) => Promise.resolve(new ScriptedModel('demo/any', script)),
    close: () => Promise.resolve(),
  }),
  anthropic: () => {
    let server: MessagesApiServer | undefined;
    return {
      open: async (script) => {
        server = await startMessagesApiServer({
          model: new ScriptedModel('demo/any', script),
          apiKey: 'key',
          chunkBytes: 7,
        });
        return new AnthropicModel({
          id: 'anthropic/any',
          model: 'any',
          apiKey: 'key',
          baseUrl: server.url,
          retry: { attempts: 1 },
        });
      },
      close: async () => server?.close(),
    };
  },
};

const tools = [
  { name: 'read', description: 'Reads a file.', inputSchema: { type: 'object', properties: {} } },
];

describe.each(Object.keys(providers))('a model behind the provider %s', (name) => {
  let provider: Provider;
  beforeEach(() => {
    provider = (providers[name] ?? fail)();
  });
  afterEach(() => provider.close());

  const model = (turns: readonly unknown[]): Promise<Model> =>
    provider.open(scriptSchema.parse({ version: 1, runs: [{ match: { role: 'worker' }, turns }] }));

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
    const opened = await model([{ calls: [{ tool: 'read', input: {} }] }, { text: 'Second.' }]);
    const first = await opened.respond(ask());
    const request = ask();
    const second = await opened.respond({
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
    const opened = await model([{ text, calls: [{ tool: 'read', input: { file_path: 'x' } }] }]);
    await opened.respond(ask(), { onDelta: (delta) => deltas.push(delta) });
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

  it('reports the usage it was told', async () => {
    const reply = await (await model([{ text: 'x', usage: { input: 1200, output: 300 } }])).respond(ask());
    expect(reply.usage).toMatchObject({ input: 1200, output: 300 });
  });

  it('ends at once with the reason of its signal, before and inside a call', async () => {
    const opened = await model([{ text: 'late', delayMs: 60_000 }]);
    const stop = new AbortController();
    const call = opened.respond(ask(), { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(opened.respond(ask(), { signal: stop.signal })).rejects.toBe(reason);
  });

  it('names what is missing when nobody wrote a reply', async () => {
    const opened = await model([{ text: 'only one' }]);
    await expect(opened.respond(ask({ role: 'scrutiny' }))).rejects.toMatchObject({
      kind: 'model',
      code: 'model',
      transient: false,
      message: expect.stringContaining('role is "worker" there and "scrutiny" here') as unknown,
    });
  });
});

function ask(header: Readonly<Record<string, string>> = { role: 'worker' }): ModelRequest {
  const text = withRunHeader(header, 'Go on.');
  return {
    system: 'You build.',
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools,
    maxTokens: 1000,
  };
}

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatDialects, startChatCompletionsServer } from '../conformance/index.ts';
import { chat, KEY } from '../conformance/models-under-test.ts';
import type { ModelReply } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import { openAiCompatibleProviderSchema } from '../provider.ts';
import { withRunHeader } from '../run-header.ts';
import { ScriptedModel, scriptSchema } from '../scripted/index.ts';
import { ChunkAccumulator } from './chunk-accumulator.ts';
import { OpenAiCompatibleModel } from './openai-compatible-model.ts';
import type { WireChunk, WireDelta } from './wire-chunk.ts';
import { toChatRequest } from './wire-request.ts';

const provider = openAiCompatibleProviderSchema.parse({
  kind: 'openai-compatible',
  baseUrl: 'http://127.0.0.1:1/v1',
});

function ask(more: Partial<ModelRequest> = {}): ModelRequest {
  const opening = withRunHeader({ role: 'worker' }, 'Go.');
  return {
    system: 'You build.',
    messages: [{ role: 'user', content: [{ type: 'text', text: opening }] }],
    tools: [],
    maxTokens: 500,
    ...more,
  };
}

const saying = (delta: WireDelta, finish_reason: string | null = null): WireChunk => ({
  choices: [{ index: 0, delta, finish_reason }],
});

function replyOf(chunks: readonly WireChunk[], contextTokens?: number): ModelReply {
  const accumulator = new ChunkAccumulator(() => undefined);
  for (const chunk of chunks) accumulator.accept(chunk);
  return accumulator.finish(ask(), contextTokens);
}

const callOf = (name: string, args: string | object | null, more: object = {}): WireDelta => ({
  tool_calls: [{ ...more, function: { name, arguments: args } }],
});

describe('a completion', () => {
  it('keeps calls apart that all say index 0, by their ids or because one was whole', () => {
    const byId = [callOf('a', '{"x":1}', { index: 0, id: '1' }), callOf('b', '{}', { index: 0, id: '2' })];
    const byWhole = [callOf('a', '{"x":1}', { index: 0 }), callOf('b', '{}', { index: 0 })];
    for (const calls of [byId, byWhole]) {
      const { content } = replyOf([...calls.map((call) => saying(call)), saying({}, 'stop')]);
      expect(content).toMatchObject([
        { name: 'a', input: { x: 1 } },
        { name: 'b', input: {} },
      ]);
    }
  });

  it('gives calls without an id one that no other turn has', () => {
    const { content } = replyOf([saying(callOf('a', '{}')), saying(callOf('b', '{}')), saying({}, 'stop')]);
    expect(content).toMatchObject([{ id: 'call_1_1' }, { id: 'call_1_2' }]);
  });

  it('hands on two calls under one id, for the caller to tell apart', () => {
    const twice = [callOf('a', '{}', { index: 0, id: 'x' }), callOf('b', '{}', { index: 1, id: 'x' })];
    const { content } = replyOf([...twice.map((call) => saying(call)), saying({}, 'tool_calls')]);
    expect(content).toMatchObject([
      { id: 'x', name: 'a' },
      { id: 'x', name: 'b' },
    ]);
  });

  it('takes arguments that are an object, or nothing', () => {
    const { content } = replyOf([
      saying(callOf('a', { path: 'x' }, { index: 0 })),
      saying(callOf('b', null, { index: 1 })),
      saying({}, 'tool_calls'),
    ]);
    expect(content).toMatchObject([{ input: { path: 'x' } }, { input: {} }]);
  });

  it.each(['{"a"', '[1]', 'null', '"text"', '{"a":1}}'])('marks a call with the input %s', (args) => {
    const { content } = replyOf([saying(callOf('a', args)), saying({}, 'tool_calls')]);
    expect(content).toMatchObject([{ name: 'a', input: {}, malformed: args }]);
  });

  it('says that it called although its server says "stop", and that it did not although it says "tool_calls"', () => {
    expect(replyOf([saying(callOf('a', '{}')), saying({}, 'stop')]).stopReason).toBe('tool_use');
    expect(replyOf([saying({ content: 'No.' }), saying({}, 'tool_calls')]).stopReason).toBe('end_turn');
  });

  it('is a refusal by its field as well as by its reason', () => {
    const reply = replyOf([saying({ refusal: 'I will not.' }), saying({}, 'stop')]);
    expect(reply).toMatchObject({
      stopReason: 'refusal',
      content: [{ type: 'text', text: 'I will not.' }],
    });
  });

  it.each(['reasoning_content', 'reasoning'] as const)('keeps reasoning from the field %s', (field) => {
    const { content } = replyOf([
      saying({ [field]: 'Hm. ' }),
      saying({ content: 'Yes.' }),
      saying({}, 'stop'),
    ]);
    expect(content).toEqual([
      { type: 'thinking', text: 'Hm. ' },
      { type: 'text', text: 'Yes.' },
    ]);
  });

  it('counts what was read from the cache apart', () => {
    const usage = { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 } };
    expect(replyOf([saying({ content: 'x' }, 'stop'), { choices: [], usage }]).usage).toEqual({
      input: 40,
      output: 7,
      cacheRead: 60,
      cacheWrite: 0,
    });
  });

  it('has overflowed when it ended by length where the context ends', () => {
    const usage = { prompt_tokens: 90, completion_tokens: 10 };
    const chunks = [saying({ content: 'x' }, 'length'), { choices: [], usage }];
    expect(replyOf(chunks, 100).stopReason).toBe('context_overflow');
    expect(replyOf(chunks, 200).stopReason).toBe('max_tokens');
    expect(replyOf(chunks).stopReason).toBe('max_tokens');
  });

  it('is charged by length, on the high side, when its server counts nothing', () => {
    const { usage } = replyOf([saying({ content: 'x'.repeat(1000) }, 'stop')]);
    expect(usage.output).toBeGreaterThan(500);
    expect(usage.input).toBeGreaterThan(20);
  });
});

describe('a request', () => {
  it('answers every call before anything else is said', () => {
    const { messages } = toChatRequest(
      ask({
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Go.' }] },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'read', input: { a: 1 } }] },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'And hurry.' },
              { type: 'tool_result', callId: 'c1', content: 'no such file', isError: true },
            ],
          },
        ],
      }),
      { model: 'any', provider },
    );
    expect(messages.slice(2)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Error: no such file' },
      { role: 'user', content: 'And hurry.' },
    ]);
  });

  it('names the limit, the effort and the reasoning as the server wants them', () => {
    const traits = {
      ...provider,
      maxTokensField: 'max_completion_tokens',
      reasoningField: 'reasoning',
    } as const;
    const thought = [{ role: 'assistant' as const, content: [{ type: 'thinking' as const, text: 'Hm.' }] }];
    const request = toChatRequest(ask({ messages: [...ask().messages, ...thought] }), {
      model: 'any',
      provider: { ...traits, extraBody: { top_k: 5 } },
      effort: 'high',
      maxOutputTokens: 200,
    });
    expect(request).toMatchObject({ max_completion_tokens: 200, reasoning_effort: 'high', top_k: 5 });
    expect(request).not.toHaveProperty('max_tokens');
    expect(request.messages.at(-1)).toMatchObject({ reasoning: 'Hm.' });
  });
});

describe('a server on one’s own machine', () => {
  it('is sent no key, and nobody’s organization', async () => {
    process.env['OPENAI_ORG_ID'] = 'org-of-the-person';
    const { server, url, headers } = await listening();
    const model = new OpenAiCompatibleModel({
      id: 'local/any',
      model: 'any',
      provider: { ...provider, baseUrl: url },
      retry: { attempts: 1 },
    });
    await expect(model.respond(ask())).rejects.toMatchObject({ code: 'model' });
    delete process.env['OPENAI_ORG_ID'];
    server.close();
    expect(headers()).not.toHaveProperty('authorization');
    expect(Object.keys(headers())).not.toContain('openai-organization');
  });

  it('says which name of the limit it wants', async () => {
    const script = scriptSchema.parse({ version: 1, runs: [{ match: {}, turns: [{ text: 'x' }] }] });
    const server = await startChatCompletionsServer({
      model: new ScriptedModel('demo/any', script),
      apiKey: KEY,
      dialect: chatDialects['openai-reasoning'],
    });
    const wrong = new OpenAiCompatibleModel({
      id: 'openai/any',
      model: 'any',
      apiKey: KEY,
      provider: { ...provider, baseUrl: server.url },
    });
    await expect(wrong.respond(ask())).rejects.toThrow("Use 'max_completion_tokens' instead");
    await server.close();
    const right = await chat('openai-reasoning')(script);
    expect((await right.model.respond(ask())).content).toEqual([{ type: 'text', text: 'x' }]);
    await right.close();
  });
});

async function listening(): Promise<{ server: Server; url: string; headers: () => IncomingHttpHeaders }> {
  let seen: IncomingHttpHeaders = {};
  const server = createServer((request, response) => {
    seen = request.headers;
    response.writeHead(400).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${String(port)}/v1`, headers: () => seen };
}

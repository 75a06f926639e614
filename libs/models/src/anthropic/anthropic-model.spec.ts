import { startMessagesApiServer, type Fault, type MessagesApiServer } from '../conformance/index.ts';
import type { ModelReply } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import type { RetryPolicy } from '../retry.ts';
import { withRunHeader } from '../run-header.ts';
import { ScriptedModel, scriptSchema } from '../scripted/index.ts';
import { AnthropicModel, type AnthropicModelOptions } from './anthropic-model.ts';

const script = scriptSchema.parse({
  version: 1,
  runs: [
    {
      match: {},
      turns: [
        { text: 'Let me look.', calls: [{ tool: 'read', input: { file_path: 'a-rather-long-name.md' } }] },
        { text: 'Done.' },
      ],
    },
  ],
});

describe('the anthropic adapter', () => {
  let server: MessagesApiServer;
  let waits: number[];
  beforeEach(async () => {
    waits = [];
    server = await startMessagesApiServer({
      model: new ScriptedModel('demo/x', script),
      apiKey: 'right',
      cache: { minimumTokens: 1 },
    });
  });
  afterEach(() => server.close());

  const model = (
    options: Partial<AnthropicModelOptions> = {},
    retry: Partial<RetryPolicy> = {},
  ): AnthropicModel =>
    new AnthropicModel({
      id: 'anthropic/any',
      model: 'any',
      apiKey: 'right',
      baseUrl: server.url,
      retry: { attempts: 3, firstDelayMs: 100, random: () => 0.5, wait: recordWait, ...retry },
      ...options,
    });
  const recordWait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };

  describe('tries again', () => {
    it.each<[string, Fault]>([
      ['429', status(429, 'rate_limit_error')],
      ['529', status(529, 'overloaded_error')],
      ['500', status(500, 'api_error')],
      ['503 without a type it knows', status(503, 'strange_error')],
      [
        'an error inside the stream',
        { kind: 'error_in_stream', type: 'overloaded_error', message: 'Overloaded' },
      ],
      ['a stream cut in the middle of a call', { kind: 'cut', afterBytes: 900 }],
      ['a stream cut before anything', { kind: 'cut', afterBytes: 0 }],
    ])('after %s', async (_name, fault) => {
      server.fail(fault);
      const reply = await model().respond(ask());
      expect(reply.content.at(-1)).toMatchObject({
        name: 'read',
        input: { file_path: 'a-rather-long-name.md' },
      });
      expect(server.requests).toHaveLength(2);
      expect(waits).toEqual([75]);
    });

    it('waits longer each time, and never less than it was asked to', async () => {
      server.fail(status(429, 'rate_limit_error'), status(429, 'rate_limit_error', { retryAfterSeconds: 7 }));
      await model().respond(ask());
      expect(waits).toEqual([75, 7150]);
    });

    it('a bounded number of times', async () => {
      server.fail(...Array.from({ length: 5 }, () => status(529, 'overloaded_error')));
      await expect(model().respond(ask())).rejects.toMatchObject({
        code: 'rate_limit',
        transient: true,
        status: 529,
      });
      expect(server.requests).toHaveLength(3);
    });

    it('not when the wait it was asked for is too long', async () => {
      server.fail(status(429, 'rate_limit_error', { retryAfterSeconds: 4000 }));
      await expect(model().respond(ask())).rejects.toMatchObject({
        code: 'rate_limit',
        retryAfterMs: 4_000_000,
      });
      expect(waits).toEqual([]);
    });

    it('when the provider falls silent inside a reply', async () => {
      server.fail({ kind: 'silence', afterBytes: 600 });
      await model({ idleMs: 200 }).respond(ask());
      expect(server.requests).toHaveLength(2);
    });
  });

  describe('says of an attempt that came to nothing that it may cost', () => {
    const lost = async (options: Partial<AnthropicModelOptions> = {}): Promise<number> => {
      let count = 0;
      const onLostReply = (): Promise<void> => {
        count += 1;
        return Promise.resolve();
      };
      await model(options)
        .respond(ask(), { onLostReply })
        .catch(() => undefined);
      return count;
    };

    it.each<[string, Fault, number]>([
      ['when its stream was cut', { kind: 'cut', afterBytes: 900 }, 1],
      ['when its stream was cut before anything', { kind: 'cut', afterBytes: 0 }, 1],
      ['when its stream ended in an error', { kind: 'error_in_stream', type: 'api_error', message: '' }, 1],
      ['when it fell silent', { kind: 'silence', afterBytes: 600 }, 1],
      ['not when it was refused', status(529, 'overloaded_error'), 0],
    ])('%s', async (_name, fault, expected) => {
      server.fail(fault);
      expect(await lost({ idleMs: 200 })).toBe(expected);
    });

    it('not when nothing could be sent', async () => {
      await server.close();
      expect(await lost()).toBe(0);
      server = await startMessagesApiServer({ model: new ScriptedModel('demo/x', script) });
    });

    it('and makes no further one when that cannot be paid', async () => {
      server.fail({ kind: 'cut', afterBytes: 900 });
      const onLostReply = (): Promise<void> => Promise.reject(new Error('no money'));
      await expect(model().respond(ask(), { onLostReply })).rejects.toThrow('no money');
      expect(server.requests).toHaveLength(1);
    });
  });

  describe('gives up at once with the cause', () => {
    it.each<[string, Fault, string]>([
      ['auth', status(401, 'authentication_error'), 'auth'],
      ['permission', status(403, 'permission_error'), 'auth'],
      ['billing', status(402, 'billing_error'), 'budget'],
      [
        'a spend limit',
        status(429, 'rate_limit_error', { errorCode: 'enforced_spend_limit_reached' }),
        'budget',
      ],
      [
        'an empty account',
        status(400, 'invalid_request_error', { message: 'Your credit balance is too low' }),
        'budget',
      ],
      [
        'a prompt too long',
        status(400, 'invalid_request_error', { message: 'prompt is too long: 9 > 5' }),
        'context_overflow',
      ],
      ['a request too large', status(413, 'request_too_large'), 'context_overflow'],
      ['an unknown model', status(404, 'not_found_error'), 'model'],
      ['a wrong request', status(400, 'invalid_request_error'), 'model'],
      [
        'an error inside the stream',
        { kind: 'error_in_stream', type: 'invalid_request_error', message: 'no' },
        'model',
      ],
      ['a stop reason it does not know', { kind: 'stop', reason: 'bored' }, 'model'],
    ])('%s', async (_name, fault, code) => {
      server.fail(fault);
      const failure = model().respond(ask());
      await expect(failure).rejects.toMatchObject({ kind: 'model', code, transient: false });
      await expect(failure).rejects.not.toMatchObject({
        message: expect.stringContaining('right') as unknown,
      });
      expect(server.requests).toHaveLength(1);
    });

    it('a wrong key', async () => {
      await expect(model({ apiKey: 'wrong' }).respond(ask())).rejects.toMatchObject({ code: 'auth' });
    });
  });

  it('calls a server that is not there transient', async () => {
    await server.close();
    await expect(model().respond(ask())).rejects.toMatchObject({ code: 'model', transient: true });
    server = await startMessagesApiServer({ model: new ScriptedModel('demo/x', script) });
  });

  it.each([
    ['max_tokens', 'max_tokens'],
    ['stop_sequence', 'stop_sequence'],
    ['pause_turn', 'pause_turn'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context_overflow'],
  ])('maps the stop reason %s', async (reason, expected) => {
    server.fail({ kind: 'stop', reason });
    const reply = await model().respond(ask());
    expect(reply.stopReason).toBe(expected);
  });

  it('marks a call that the token limit cut as malformed', async () => {
    server.fail({ kind: 'stop', reason: 'max_tokens', truncateLastInput: true });
    const { content } = await model().respond(ask());
    expect(content.at(-1)).toEqual({
      type: 'tool_use',
      id: 'call_1_1',
      name: 'read',
      input: {},
      malformed: '{"file_path":"a-rat',
    });
  });

  it('sends the same prefix again and reads it from the cache', async () => {
    const first = await model().respond(ask());
    const second = await model().respond(followUp(first));
    expect(first.usage.cacheRead).toBe(0);
    expect(first.usage.cacheWrite).toBeGreaterThan(0);
    expect(second.usage.cacheRead).toBe(first.usage.cacheWrite);
    expect(second.usage.input).toBe(0);
  });

  it('sends effort, tools and results as the API reads them', async () => {
    const first = await model().respond(ask());
    await model({ effort: 'high' }).respond(followUp(first));
    expect(server.requests.at(-1)).toMatchObject({
      model: 'any',
      max_tokens: 500,
      output_config: { effort: 'high' },
      system: [{ type: 'text', text: 'You build.', cache_control: { type: 'ephemeral' } }],
      tools: [{ name: 'read', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: [{ type: 'text' }, { type: 'tool_use', id: 'call_1_1', name: 'read' }],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'call_1_1',
              content: 'text',
              cache_control: { type: 'ephemeral' },
            },
          ],
        },
      ],
    });
  });
});

function status(
  code: number,
  type: string,
  more: { readonly retryAfterSeconds?: number; readonly errorCode?: string; readonly message?: string } = {},
): Fault {
  return { kind: 'status', status: code, type, message: 'no', ...more };
}

function ask(): ModelRequest {
  const text = withRunHeader({ role: 'worker' }, 'Go on.');
  return {
    system: 'You build.',
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools: [{ name: 'read', description: 'Reads.', inputSchema: { type: 'object', properties: {} } }],
    maxTokens: 500,
  };
}

function followUp(reply: ModelReply): ModelRequest {
  const request = ask();
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: reply.content },
      {
        role: 'user',
        content: [{ type: 'tool_result', callId: 'call_1_1', content: 'text', isError: false }],
      },
    ],
  };
}

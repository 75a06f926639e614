import type { Anthropic } from '@anthropic-ai/sdk';
import { ScriptedModel, scriptSchema } from '../scripted/index.ts';
import { toWireEvents } from '../conformance/wire-events.ts';
import { ReplyAccumulator } from './reply-accumulator.ts';

const reply = {
  content: [
    { type: 'thinking' as const, text: 'Hm.', signature: 'signed' },
    { type: 'thinking' as const, text: '', data: 'sealed' },
    { type: 'text' as const, text: 'I read it.' },
    { type: 'tool_use' as const, id: 'c1', name: 'read', input: { path: 'a' } },
  ],
  stopReason: 'tool_use' as const,
  usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 },
};

describe('putting a streamed reply together', () => {
  const events = [
    ...toWireEvents({ id: 'm', model: 'any', reply, stopReason: 'tool_use', truncateLastInput: false }),
  ];

  const accumulate = (count: number): ReplyAccumulator => {
    const accumulator = new ReplyAccumulator(() => undefined);
    for (const event of events.slice(0, count))
      accumulator.accept(event as unknown as Anthropic.RawMessageStreamEvent);
    return accumulator;
  };

  it('gives every block, reasoning with its signature, and the last counts', () => {
    expect(accumulate(events.length).finish()).toEqual(reply);
  });

  it('gives nothing before the last event, wherever the stream ends', () => {
    for (let count = 0; count < events.length; count += 1) {
      expect(() => accumulate(count).finish()).toThrow(expect.objectContaining({ transient: true }) as Error);
    }
  });

  it('ignores events and blocks it does not know', () => {
    const accumulator = accumulate(0);
    const unknown = [
      { type: 'news' },
      {
        type: 'content_block_start',
        index: 9,
        content_block: { type: 'server_tool_use', id: 's', name: 'search', input: {} },
      },
      { type: 'content_block_delta', index: 9, delta: { type: 'input_json_delta', partial_json: '{' } },
    ];
    for (const event of [...events.slice(0, 2), ...unknown, ...events.slice(2)]) {
      accumulator.accept(event as unknown as Anthropic.RawMessageStreamEvent);
    }
    expect(accumulator.finish()).toEqual(reply);
  });
});

describe('the local server', () => {
  it('answers without a stream too', async () => {
    const { startMessagesApiServer } = await import('../conformance/index.ts');
    const script = scriptSchema.parse({ version: 1, runs: [{ match: {}, turns: [{ text: 'Hello.' }] }] });
    const server = await startMessagesApiServer({ model: new ScriptedModel('demo/x', script) });
    const ask = (messages: unknown): Promise<Response> =>
      fetch(`${server.url}/v1/messages`, {
        method: 'POST',
        body: JSON.stringify({ model: 'x', max_tokens: 5, messages }),
      });
    const header = '```json\n{}\n```';
    const answered = await ask([{ role: 'user', content: header }]);
    expect(await answered.json()).toMatchObject({
      content: [{ type: 'text', text: 'Hello.' }],
      stop_reason: 'end_turn',
    });
    const refused = await ask([
      { role: 'user', content: header },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'read', input: {} }] },
      { role: 'user', content: 'no result' },
    ]);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining('c1') as unknown },
    });
    await server.close();
  });
});

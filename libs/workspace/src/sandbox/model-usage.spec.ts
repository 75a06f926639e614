import type { ModelCallUsage } from '../sandbox-model-endpoints.ts';
import { UsageMeter } from './model-usage.ts';

function usageOf(answer: string, streamed: boolean, pieceBytes = answer.length): ModelCallUsage | undefined {
  const meter = new UsageMeter(streamed);
  const bytes = Buffer.from(answer);
  for (let at = 0; at < bytes.length; at += pieceBytes) meter.push(bytes.subarray(at, at + pieceBytes));
  return meter.end();
}

const streamed = [
  'event: message_start',
  'data: {"type":"message_start","message":{"usage":{"input_tokens":4,"cache_creation_input_tokens":10,"cache_read_input_tokens":100,"output_tokens":1}}}',
  '',
  'data: {"type":"content_block_delta","delta":{"text":"\\"usage\\": {\\"output_tokens\\": 9999}, é"}}',
  '',
  'data: {"type":"message_delta","delta":{},"usage":{"output_tokens":25}}',
  '',
].join('\n');

describe('the usage in an answer', () => {
  it.each([1, 7, 4096])('is read from a stream that comes in pieces of %i bytes', (pieceBytes) => {
    expect(usageOf(streamed, true, pieceBytes)).toEqual({
      input: 4,
      output: 25,
      cacheRead: 100,
      cacheWrite: 10,
    });
  });

  it('is read from a whole reply', () => {
    const reply =
      '{"content":[],"usage":{"input_tokens":3,"output_tokens":2,"cache_read_input_tokens":null}}';
    expect(usageOf(reply, false, 5)).toEqual({ input: 3, output: 2, cacheRead: 0, cacheWrite: 0 });
  });

  it('counts what was cached once, where a protocol counts it in its input too', () => {
    const completed =
      'data: {"type":"response.completed","response":{"usage":{"input_tokens":70,"output_tokens":6,"input_tokens_details":{"cached_tokens":64}}}}\n';
    expect(usageOf(completed, true)).toEqual({ input: 6, output: 6, cacheRead: 64, cacheWrite: 0 });
  });

  it.each(['', 'not json "usage"', '[1]', '{"usage":7}', 'data: {"usage":'])('is unknown in %j', (answer) => {
    expect(usageOf(answer, false)).toBeUndefined();
    expect(usageOf(answer, true)).toBeUndefined();
  });
});

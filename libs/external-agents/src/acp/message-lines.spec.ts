import { MessageLines } from './message-lines.ts';

function read(chunks: readonly Uint8Array[], lineBytes = 1_000) {
  const heard: unknown[] = [];
  const lines = new MessageLines({
    lineBytes,
    onMessage: (message) => heard.push(message),
    onMalformed: (line) => heard.push(`malformed ${line}`),
    onTooLong: () => heard.push('too long'),
  });
  for (const chunk of chunks) lines.push(chunk);
  return heard;
}

const message = { jsonrpc: '2.0', id: 1, method: 'fs/read_text_file', params: { path: 'ä🙂.txt' } };
const bytes = Buffer.from(`${JSON.stringify(message)}\r\n\n{"jsonrpc":"2.0","id":"a","result":{}}\n`);

describe('what an agent writes', () => {
  it('is the same messages however it was cut', () => {
    const whole = [message, { jsonrpc: '2.0', id: 'a', result: {} }];
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
  });

  it.each([
    'no json',
    '[]',
    '7',
    '{"id":1}',
    '{"jsonrpc":"2.0","method":7}',
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
  ])('is no message when it is %s', (line) => {
    expect(read([Buffer.from(`${line}\n`)])).toEqual([`malformed ${line}`]);
  });

  it('is read no further once a line is too long', () => {
    const long = Buffer.from('x'.repeat(60));
    expect(read([long, long, bytes], 100)).toEqual(['too long']);
  });
});

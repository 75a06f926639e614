import fc from 'fast-check';
import { BoundedOutput } from './bounded-output.ts';

function outputOf(limit: number, ...chunks: readonly string[]): BoundedOutput {
  const output = new BoundedOutput(limit);
  for (const chunk of chunks) output.push(Buffer.from(chunk));
  return output;
}

describe('bounded output', () => {
  it('keeps everything up to its limit, however it arrives', () => {
    const output = outputOf(10, 'abc', 'defgh', 'ij');
    expect(output.text()).toBe('abcdefghij');
    expect(output.truncated).toBe(false);
  });

  it('keeps head and tail of more, and says how much lies between', () => {
    const output = outputOf(10, 'abcdefghij', 'klmno', 'pqrst');
    expect(output.text()).toBe('abcde\n…10 bytes omitted…\npqrst');
    expect(output.truncated).toBe(true);
    expect(output.totalBytes).toBe(20);
  });

  it('never shows a broken character where it cut', () => {
    const text = outputOf(11, 'ä€😀'.repeat(50)).text();
    expect(text).not.toContain('\uFFFD');
  });

  it('accounts for every byte and stays within its limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.array(fc.uint8Array({ maxLength: 30 })),
        (limit, chunks) => {
          const output = new BoundedOutput(limit);
          for (const chunk of chunks) output.push(Buffer.from(chunk.map((byte) => 97 + (byte % 26))));
          const [, omitted] = /…(\d+) bytes omitted…/.exec(output.text()) ?? [undefined, '0'];
          const shown = output.text().replace(/\n…\d+ bytes omitted…\n/, '').length;
          return shown <= limit && shown + Number(omitted) === output.totalBytes;
        },
      ),
    );
  });
});

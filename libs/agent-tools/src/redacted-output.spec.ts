import { createRedactor } from '@missions/kernel';
import { RedactedOutput } from './redacted-output.ts';

const secret = 'hunter2-is-the-secret';
const redactor = createRedactor({ secrets: [{ name: 'key', value: secret }] });

function outputOf(limit: number, ...chunks: readonly (string | Uint8Array)[]) {
  const output = new RedactedOutput(redactor, limit);
  for (const chunk of chunks) output.push(Buffer.from(chunk as string), 'stdout');
  return output.end().both;
}

describe('the output of a process', () => {
  it('is redacted across chunks', () => {
    expect(outputOf(1_000, 'a hunter2-', 'is-the', '-secret b')).toBe('a [redacted:key] b');
  });

  it('never shows a part of a secret at a cut', () => {
    for (let limit = 20; limit < 60; limit += 1)
      expect(outputOf(limit, `${'x'.repeat(20)}${secret}${'y'.repeat(40)}`)).not.toMatch(/hunter2|secret/);
  });

  it('keeps characters whole that arrive in parts', () => {
    const euro = Buffer.from('€');
    expect(outputOf(100, euro.subarray(0, 1), euro.subarray(1))).toBe('€');
    expect(outputOf(100, euro.subarray(0, 2))).toBe('�');
  });

  it('keeps its first and its last part, and counts the rest', () => {
    expect(outputOf(10, 'abcdefgh', 'ijklmnopqrstuvwxyz')).toBe('abcde\n…16 characters omitted…\nvwxyz');
    const many = outputOf(1_000, ...Array.from({ length: 10_000 }, (_, index) => `${index}\n`));
    expect(many.startsWith('0\n1\n')).toBe(true);
    expect(many.endsWith('9998\n9999\n')).toBe(true);
    expect(many.length).toBeLessThan(1_100);
  });

  it('keeps both streams in order of arrival, and each by itself', () => {
    const output = new RedactedOutput(redactor, 100);
    output.push(Buffer.from('out\n'), 'stdout');
    output.push(Buffer.from('err\n'), 'stderr');
    expect(output.end()).toEqual({ both: 'out\nerr\n', stdout: 'out\n', stderr: 'err\n' });
  });
});

import type { Readable } from 'node:stream';

export interface CollectedOutput {
  readonly bytes: () => Buffer;
}

/** Keeps the first `maxBytes` of a stream and goes on draining it; `onOverflow` fires once. */
export function collectOutput(
  stream: Readable,
  maxBytes: number,
  onOverflow: () => void = () => undefined,
): CollectedOutput {
  const chunks: Buffer[] = [];
  let kept = 0;
  let overflowed = false;
  stream.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, maxBytes - kept);
    if (part.length > 0) chunks.push(part);
    kept += part.length;
    if (part.length < chunk.length && !overflowed) {
      overflowed = true;
      onOverflow();
    }
  });
  return { bytes: () => Buffer.concat(chunks) };
}

const everyMs = 250;
const maxCharacters = 200;

/** Shows the last line of what a command writes, a few times a second at most. */
export function progressLine(progress: (line: string) => void): (chunk: Uint8Array) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  return (chunk) => {
    const now = performance.now();
    if (now - shownAt < everyMs) return;
    const line = Buffer.from(chunk.subarray(-4 * maxCharacters))
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .at(-1);
    if (line === undefined || line.trim() === '') return;
    shownAt = now;
    progress(line.slice(-maxCharacters));
  };
}

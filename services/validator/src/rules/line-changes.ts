import type { Line } from './change.ts';

/** Beyond so many comparisons, lines are told apart by how often each occurs, which is exact enough for rules. */
const maxCells = 4_000_000;

/** Which lines one text has that the other does not have at that place. */
export function lineChanges(
  before: string,
  after: string,
): { readonly added: readonly Line[]; readonly removed: readonly Line[] } {
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start]?.text === now[start]?.text) start += 1;
  let end = 0;
  while (
    end < Math.min(old.length, now.length) - start &&
    old[old.length - 1 - end]?.text === now[now.length - 1 - end]?.text
  )
    end += 1;
  const left = old.slice(start, old.length - end);
  const right = now.slice(start, now.length - end);
  if (left.length * right.length > maxCells)
    return { added: without(right, left), removed: without(left, right) };
  return byCommonLines(left, right);
}

function linesOf(text: string): readonly Line[] {
  if (text === '') return [];
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line, index) => ({ number: index + 1, text: line.replace(/\r$/, '') }));
}

/** The longest common subsequence of both. */
function byCommonLines(left: readonly Line[], right: readonly Line[]) {
  const width = right.length + 1;
  const longest = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i -= 1)
    for (let j = right.length - 1; j >= 0; j -= 1)
      longest[i * width + j] =
        left[i]?.text === right[j]?.text
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const added: Line[] = [];
  const removed: Line[] = [];
  let i = 0;
  let j = 0;
  for (let old = left[i], now = right[j]; old ?? now; old = left[i], now = right[j]) {
    if (old && now && old.text === now.text) {
      i += 1;
      j += 1;
    } else if (now && (!old || (longest[i * width + j + 1] ?? 0) >= (longest[(i + 1) * width + j] ?? 0))) {
      added.push(now);
      j += 1;
    } else if (old) {
      removed.push(old);
      i += 1;
    }
  }
  return { added, removed };
}

function without(lines: readonly Line[], others: readonly Line[]): readonly Line[] {
  const counts = new Map<string, number>();
  for (const { text } of others) counts.set(text, (counts.get(text) ?? 0) + 1);
  return lines.filter(({ text }) => {
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);
    return left <= 0;
  });
}

import type { SecretPattern } from './secret-patterns.ts';

/** A value that must not appear, with the name to show in its place. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** A stretch of text that is secret: `end` is exclusive. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

export interface SecretRules {
  readonly secrets: readonly Secret[];
  readonly patterns: readonly SecretPattern[];
}

export interface ScannedText {
  readonly text: string;
  /** The character that stood before the text, empty at the beginning. */
  readonly before: string;
}

/** Where secrets stand, in order and without overlaps. Time grows linearly with the text. */
export function secretSpans(scanned: ScannedText, rules: SecretRules): readonly SecretSpan[] {
  const spans: SecretSpan[] = [];
  for (const secret of rules.secrets) spans.push(...valueSpans(scanned.text, secret));
  for (const pattern of rules.patterns) {
    for (const candidate of candidates(scanned, pattern)) {
      const { start, end } = candidate;
      if (pattern.isSecret(scanned.text.slice(start, end))) spans.push({ start, end, name: pattern.name });
    }
  }
  return merged(spans);
}

/** From where on the text may be the beginning of a secret that its continuation completes; its length if nowhere. */
export function openFrom(scanned: ScannedText, rules: SecretRules): number {
  const { text } = scanned;
  let from = text.length;
  for (const { value } of rules.secrets) from = Math.min(from, partialFrom(text, value));
  for (const pattern of rules.patterns) {
    from = Math.min(from, partialFrom(text, pattern.prefix));
    const last = candidates(scanned, pattern).at(-1);
    if (last?.end === text.length) from = Math.min(from, last.start);
  }
  return from;
}

function valueSpans(text: string, { name, value }: Secret): readonly SecretSpan[] {
  const spans: SecretSpan[] = [];
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
    spans.push({ start, end: start + value.length, name });
  }
  return spans;
}

function candidates(scanned: ScannedText, pattern: SecretPattern): readonly { start: number; end: number }[] {
  const { text } = scanned;
  const found: { start: number; end: number }[] = [];
  const { prefix } = pattern;
  for (let start = text.indexOf(prefix); start >= 0;) {
    let end = start + prefix.length;
    if (!pattern.startsToken || !/[A-Za-z0-9]/.test(text[start - 1] ?? scanned.before)) {
      // A candidate beginning inside this one would end at the same place: one judgement for both keeps this linear.
      end = candidateEnd(text, end, pattern);
      found.push({ start, end });
    }
    start = text.indexOf(prefix, end);
  }
  return found;
}

function candidateEnd(text: string, from: number, { stop }: SecretPattern): number {
  stop.lastIndex = from;
  const match = stop.exec(text);
  return match ? match.index + (match[1]?.length ?? 0) : text.length;
}

/** Where the longest suffix begins that is a proper prefix of `wanted`. */
function partialFrom(text: string, wanted: string): number {
  const first = Math.max(0, text.length - wanted.length + 1);
  for (let from = first; from < text.length; from++) {
    if (wanted.startsWith(text.slice(from))) return from;
  }
  return text.length;
}

function merged(spans: readonly SecretSpan[]): readonly SecretSpan[] {
  const result: SecretSpan[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (!last || span.start >= last.end) result.push(span);
    else if (span.end > last.end) result[result.length - 1] = { ...last, end: span.end };
  }
  return result;
}

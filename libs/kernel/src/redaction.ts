import { knownSecretPatterns, type SecretPattern } from './secret-patterns.ts';
import {
  openFrom,
  secretSpans,
  type ScannedText,
  type Secret,
  type SecretRules,
  type SecretSpan,
} from './secret-scan.ts';

/** Where a secret was found; never its value. */
export interface SecretFinding {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Redacts text that arrives in pieces; the pieces returned, joined, are what `redact` makes of the whole. */
export interface RedactingStream {
  /** What of the text so far is settled; the rest is held back until it cannot be the beginning of a secret any more. */
  readonly write: (chunk: string) => string;
  /** What was held back. The stream can be used again afterwards, for another text. */
  readonly end: () => string;
}

/** Replaces secrets by `[redacted:NAME]`, in time linear in the text. */
export interface Redactor {
  readonly redact: (text: string) => string;
  readonly stream: () => RedactingStream;
  readonly finds: (text: string) => readonly SecretFinding[];
}

export interface RedactorOptions {
  /** Values to look for, also in their JSON-escaped and URL-encoded spelling; those under 6 characters are ignored. */
  readonly secrets: readonly Secret[];
  /** Shapes to look for; the known key shapes unless given. */
  readonly patterns?: readonly SecretPattern[];
}

/** Shorter values appear in innocent text by chance. */
const MIN_SECRET_LENGTH = 6;

/** A candidate that is still growing beyond this is judged as it stands: no key is so long, and memory has an end. */
const MAX_HELD_CHARACTERS = 65_536;

export function createRedactor(options: RedactorOptions): Redactor {
  const rules: SecretRules = {
    secrets: options.secrets.flatMap(spellings),
    patterns: options.patterns ?? knownSecretPatterns,
  };
  return {
    redact: (text) => replaced(text, secretSpans({ text, before: '' }, rules)),
    stream: () => redactingStream(rules),
    finds: (text) => findings(text, secretSpans({ text, before: '' }, rules)),
  };
}

/** The ways a value is written in JSON, in a URL, and plainly. */
function spellings({ name, value }: Secret): readonly Secret[] {
  if (value.length < MIN_SECRET_LENGTH) return [];
  const spelled = new Set([
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
  ]);
  return [...spelled].map((spelling) => ({ name, value: spelling }));
}

function redactingStream(rules: SecretRules): RedactingStream {
  let held: ScannedText = { text: '', before: '' };
  const release = (upTo: number, spans: readonly SecretSpan[]): string => {
    const { text, before } = held;
    held = { text: text.slice(upTo), before: text[upTo - 1] ?? before };
    return replaced(text.slice(0, upTo), spans);
  };
  return {
    write: (chunk) => {
      held = { ...held, text: held.text + chunk };
      const spans = secretSpans(held, rules);
      const settled = settledLength(held, rules, spans);
      return release(
        settled,
        spans.filter(({ end }) => end <= settled),
      );
    },
    end: () => {
      const rest = release(held.text.length, secretSpans(held, rules));
      held = { text: '', before: '' };
      return rest;
    },
  };
}

function settledLength(held: ScannedText, rules: SecretRules, spans: readonly SecretSpan[]): number {
  const open = openFrom(held, rules);
  const cut = spans.find(({ start, end }) => start < open && end > open)?.start ?? open;
  return held.text.length - cut > MAX_HELD_CHARACTERS ? held.text.length : cut;
}

function replaced(text: string, spans: readonly SecretSpan[]): string {
  let result = '';
  let from = 0;
  for (const { start, end, name } of spans) {
    result += `${text.slice(from, start)}[redacted:${name}]`;
    from = end;
  }
  return result + text.slice(from);
}

function findings(text: string, spans: readonly SecretSpan[]): readonly SecretFinding[] {
  let line = 1;
  let from = 0;
  return spans.map(({ start, name }) => {
    for (let at = text.indexOf('\n', from); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) line++;
    from = start;
    return { name, line };
  });
}

import { DomainError } from '@missions/kernel';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { scriptKeys, scriptSchema, type Script } from './script.ts';

type Path = readonly PropertyKey[];

/** Reads a script (YAML or JSON); a fault is refused as `CONFIG` with path, line and the nearest right key. */
export function parseScript(source: string, path: string): Script {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken) throw refusal(path, lines.linePos(broken.pos[0]).line, firstLine(broken.message));
  const parsed = scriptSchema.safeParse(document.toJS({ maxAliasCount: 1_000 }));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // A mistyped key also shows as a missing one; the mistyped one is what to mend.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (!issue) throw refusal(path, 1, parsed.error.message);
  const at = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  throw refusal(path, lineOf(document, lines, at), describe(issue));
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.length === 0 ? '' : ` at ${issue.path.map(String).join('.')}`;
  if (issue.code !== 'unrecognized_keys') return `${issue.message}${where}`;
  const owner = issue.path.filter((part) => typeof part === 'string').at(-1) ?? '';
  const key = issue.keys[0] ?? '';
  return `unknown key "${key}"${where}${didYouMean(key, scriptKeys[owner] ?? [])}`;
}

/** The line of the node a path names, or of its nearest ancestor that exists. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function refusal(path: string, line: number, what: string): DomainError {
  return new DomainError('CONFIG', `${path}:${line}: ${what}`, { path, line });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

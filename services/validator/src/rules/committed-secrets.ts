import { findingOf, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';
import type { RuleContext } from './change.ts';

/** A secret in what the change adds: a configured value, a known shape, or what looks like one under a telling name. */
export const committedSecrets: Rule = (files, context) =>
  files.flatMap((file) =>
    [...places(file, context)].map(([line, name]) =>
      findingOf({
        rule: 'committed-secrets',
        severity: 'blocker',
        category: 'security',
        title: `A secret was committed: ${name} in ${file.path}`,
        why: 'It is in the history now: it has to be taken out, and to be replaced where it is valid. Its value is not shown.',
        path: file.path,
        line,
        suggestedFix: 'Read it from the environment or a secret store.',
      }),
    ),
  );

function places(file: SourceFile, { finds }: RuleContext): ReadonlyMap<number, string> {
  const { after, addedLines, added, role, path } = file;
  if (after === undefined) return new Map();
  const known = finds(after).filter(({ line }) => addedLines.has(line));
  const telling =
    role === 'fixture' || role === 'document' || isLock(path)
      ? []
      : added.filter(({ text }) => tellsSecret(text));
  return new Map([
    ...telling.map(({ number }): readonly [number, string] => [number, 'a value under a telling name']),
    ...known.map(({ line, name }): readonly [number, string] => [line, name]),
  ]);
}

function isLock(path: string): boolean {
  return /(?:lock\.json|\.lock|lock\.yaml|\.sum)$/.test(path);
}

const assigned =
  /(?:api[_-]?key|access[_-]?key|secret|token|passw(?:or)?d|private[_-]?key|credential)\w*['"]?\s*[:=]\s*['"]?([A-Za-z0-9+/=_.-]{16,})['"]?/i;
const harmless =
  /example|sample|dummy|fake|test|placeholder|changeme|your[_-]|xxxx|process\.env|\.\w+\.|undefined|[a-z]+(?:-[a-z]+){2,}/i;

/** A long value of mixed letters and digits; words and expressions are not. */
function tellsSecret(text: string): boolean {
  const value = assigned.exec(text)?.[1];
  if (value === undefined || harmless.test(text)) return false;
  return /\d/.test(value) && /[a-z]/i.test(value) && bitsPerCharacter(value) > 3.2;
}

function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce(
    (bits, count) => bits - (count / text.length) * Math.log2(count / text.length),
    0,
  );
}

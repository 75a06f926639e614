import { neutralised } from './neutralised-command.ts';
import { findingOf, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

const tests = /^(?:pre|post)?(?:test|tests|check|ci|verify|coverage|e2e|spec|unit)(?:[:.-].*)?$/;
const others = /^(?:lint|types?|typecheck|type-check|tsc|build|compile)(?:[:.-].*)?$/;

/** Scripts of a package that should test, lint or build and no longer can fail. */
export const changedScripts: Rule = (files) =>
  files
    .filter(({ path }) => /(?:^|\/)package\.json$/.test(path))
    .flatMap((file) => {
      const before = scriptsOf(file.before);
      const after = scriptsOf(file.after);
      if (!after) return [];
      return [...Object.entries(after), ...gone(before ?? {}, after)]
        .filter(
          ([name, command]) => (before ?? {})[name] !== command && (tests.test(name) || others.test(name)),
        )
        .flatMap(([name, command]) => scriptFinding(file, { name, command, before: (before ?? {})[name] }));
    });

/** A reporter that lies in the repository says what the repository wants. */
function ownReporter(command: string, before = ''): string | undefined {
  const reporter = /--(?:test-)?reporter[= ](?:\.{1,2}\/|file:|[\w-]+\/)\S*/.exec(command)?.[0];
  if (reporter === undefined || before.includes(reporter)) return undefined;
  return `What it found is told by a program of the repository: ${reporter}.`;
}

/** A script that is gone does as little as an empty one; a placeholder that always failed is no loss. */
function gone(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  return Object.entries(before)
    .filter(([name, command]) => !(name in after) && name === 'test' && !/exit 1\s*$/.test(command))
    .map(([name]): readonly [string, undefined] => [name, undefined]);
}

function scriptFinding(
  file: SourceFile,
  {
    name,
    command,
    before,
  }: { readonly name: string; readonly command: string | undefined; readonly before: string | undefined },
) {
  const why = command === undefined ? 'It is gone.' : (neutralised(command) ?? ownReporter(command, before));
  if (why === undefined || (before !== undefined && neutralised(before) === why)) return [];
  // Some test nothing before or after their tests.
  if (/^(?:pre|post)/.test(name) && before === undefined) return [];
  const line = (file.after ?? '').split('\n').findIndex((text) => text.includes(`"${name}"`)) + 1;
  return [
    findingOf({
      rule: 'changed-scripts',
      severity: tests.test(name) ? 'blocker' : 'major',
      category: 'test_quality',
      title: `The script "${name}" no longer tells whether all is well`,
      why: `${why}${before === undefined ? '' : `\nOn the base it was: ${before}`}`,
      path: file.path,
      line: line > 0 ? line : undefined,
      shown: command === undefined ? undefined : `"${name}": ${JSON.stringify(command)}`,
      suggestedFix: 'Let it run what it is named after.',
    }),
  ];
}

function scriptsOf(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (text === undefined) return undefined;
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== 'object' || manifest === null) return undefined;
    const scripts: unknown = 'scripts' in manifest ? manifest.scripts : {};
    if (typeof scripts !== 'object' || scripts === null) return undefined;
    return Object.fromEntries(
      Object.entries(scripts).flatMap(([name, command]: [string, unknown]) =>
        typeof command === 'string' ? [[name, command]] : [],
      ),
    );
  } catch {
    return undefined;
  }
}

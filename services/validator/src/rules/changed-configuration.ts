import type { Line, RuleContext } from './change.ts';
import { isContinuousIntegration, isRunnerConfiguration, namesFile } from './file-role.ts';
import { ignoresFailure, runsCheck } from './neutralised-command.ts';
import { findingOf, type Problem, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

/**
 * Configuration that lets more pass than before: of test runners, compilers, linters and pipelines. A file that a feature's
 * `touches` names in full was meant to change; what is new on both counts has nothing to be looser than.
 */
export const changedConfiguration: Rule = (files, context) =>
  files
    .filter((file) => !isMeant(file, context))
    .flatMap((file) =>
      problems(file).map((problem) => findingOf({ ...shared, ...problem, path: file.path })),
    );

const shared = {
  rule: 'changed-configuration',
  severity: 'major',
  category: 'test_quality',
  suggestedFix: 'Restore it; if the plan needs the change, let a feature’s `touches` name the file.',
} as const;

function isMeant({ path }: SourceFile, { touches }: RuleContext): boolean {
  return touches.some((touched) => namesFile(touched, path));
}

function problems(file: SourceFile): readonly Problem[] {
  const { path, before, status } = file;
  if (status === 'deleted')
    return isContinuousIntegration(path) || isRunnerConfiguration(path)
      ? [
          {
            title: `Configuration was deleted: ${path}`,
            why: 'What it made sure of is not made sure of any more.',
          },
        ]
      : [];
  return [
    ...scripted(file),
    ...(before === undefined ? [] : loosened(file)),
    ...(before === undefined ? [] : lowered(file)),
    ...(before !== undefined && isContinuousIntegration(path) ? removedSteps(file) : []),
  ];
}

/** Lines of scripts, Makefiles and pipelines. */
function scripted({ path, role, added }: SourceFile): readonly Problem[] {
  const isScript =
    /\.(?:sh|bash|ya?ml)$/.test(path) || (role === 'configuration' && !/\.(?:json|[cm]?[jt]s)$/.test(path));
  if (!isScript) return [];
  return added
    .filter(({ text }) => !/^\s*#/.test(text))
    .filter(({ text }) => ignoresFailure(text) || (isContinuousIntegration(path) && tolerates(text)))
    .map((line) => ({
      title: `A check’s failure is thrown away: ${path}`,
      why: 'Whatever it finds, the run goes on.',
      ...at(line),
    }));
}

function tolerates(text: string): boolean {
  return /^\s*-?\s*(?:continue-on-error|allow_failure):\s*true\b|^\s*if:\s*(?:false|\$\{\{\s*false\s*\}\})\s*$/.test(
    text,
  );
}

const looser: readonly (readonly [RegExp, RegExp, string])[] = [
  [
    /(?:^|\/)tsconfig[\w.-]*\.json$/,
    /"(?:strict\w*|no(?:Implicit|Unchecked|Unused|Fallthrough|PropertyAccess)\w*|exactOptionalPropertyTypes|noEmitOnError|checkJs|alwaysStrict)"\s*:\s*false/,
    'The compiler is told to look less closely.',
  ],
  [
    /eslint/,
    /:\s*(?:\[\s*)?(?:['"]off['"]|0)\s*[,\]}]?\s*$|ignores?(?:Patterns)?['"]?\s*:\s*\[\s*['"](?:\*\*|\*|\.)/,
    'A rule of the linter is turned off.',
  ],
  [
    /(?:jest|vitest|vite|mocha|playwright|ava|\.mocharc|\.nycrc|c8rc)/,
    /passWithNoTests['"]?\s*:\s*true|pass-with-no-tests|(?:testPathIgnorePatterns|exclude|testIgnore|ignore|spec|testMatch|include|testRegex|setupFiles\w*|globalSetup|reporters?|testRunner|runner)['"]?\s*:/,
    'The test runner is told to run or to report otherwise.',
  ],
  [
    /(?:pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml)$/,
    /(?:addopts|testpaths|python_files|norecursedirs|collect_ignore)\s*=.*|-k ['"]?not /,
    'The test runner is told to run otherwise.',
  ],
];

function loosened({ path, added }: SourceFile): readonly Problem[] {
  return looser
    .filter(([name]) => name.test(path))
    .flatMap(([, shape, why]) =>
      added
        .filter(({ text }) => shape.test(text) && !/^\s*(?:\/\/|#|\*)/.test(text))
        .map((line) => ({
          title: `Configuration of the project’s checks was changed: ${path}`,
          why,
          ...at(line),
        })),
    );
}

const threshold =
  /['"]?(branches|functions|lines|statements|check-coverage|fail_under|coverage)['"]?\s*[:=]\s*(\d+(?:\.\d+)?)/;

function lowered({ path, added, removed }: SourceFile): readonly Problem[] {
  const before = new Map(removed.flatMap(({ text }) => thresholdIn(text)));
  return added.flatMap((line) =>
    thresholdIn(line.text)
      .filter(([name, value]) => value < (before.get(name) ?? 0))
      .map(([name, value]) => ({
        title: `The threshold ${name} was lowered: ${path}`,
        why: `From ${String(before.get(name))} to ${String(value)}.`,
        ...at(line),
      })),
  );
}

function thresholdIn(text: string): readonly (readonly [string, number])[] {
  const [, name, value] = threshold.exec(text) ?? [];
  return name === undefined ? [] : [[name, Number(value)]];
}

function removedSteps({ path, added, removed }: SourceFile): readonly Problem[] {
  const kept = added.filter(({ text }) => runsCheck(text)).length;
  const lost = removed.filter(({ text }) => runsCheck(text));
  const [first] = lost;
  if (!first || kept >= lost.length) return [];
  return [
    {
      title: `A check was taken out of the pipeline: ${path}`,
      why: 'On the base it ran this.',
      shown: first.text,
    },
  ];
}

function at({ number, text }: Line) {
  return { line: number, shown: text };
}

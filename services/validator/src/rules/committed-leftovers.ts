import { findingOf, type Rule, type Suspicion } from './rule.ts';
import type { SourceFile } from './source-file.ts';

type Leftover = Pick<Suspicion, 'severity' | 'category' | 'title' | 'why'>;

const shapes: readonly (readonly [RegExp, Leftover])[] = [
  [
    /(?:^|\/)\.env(?:\.(?!example$|sample$|template$|dist$)\w+)?$/,
    {
      severity: 'blocker',
      category: 'security',
      title: 'A file of secrets was committed',
      why: 'Values of one machine do not belong in the history.',
    },
  ],
  [
    /(?:^|\/)(?:node_modules|__pycache__|\.venv|venv|\.pytest_cache)\//,
    {
      severity: 'major',
      category: 'scope_drift',
      title: 'Installed or generated files were committed',
      why: 'They are made anew on every machine.',
    },
  ],
  [
    /(?:^|\/)(?:\.DS_Store|Thumbs\.db|npm-debug\.log|core)$|\.(?:orig|rej|swp|swo|pyc|tsbuildinfo)$|(?:^|\/)(?:coverage|\.nyc_output)\//,
    {
      severity: 'minor',
      category: 'scope_drift',
      title: 'A leftover was committed',
      why: 'It is no part of the product.',
    },
  ],
];

const largeBytes = 5 * 1024 * 1024;

/** Files that nobody meant to deliver. Of a folder of them, one is named. */
export const committedLeftovers: Rule = (files) => {
  const added = files.filter(({ status }) => status === 'added');
  const found = shapes.flatMap(([shape, leftover]) => {
    const all = added.filter(({ path }) => shape.test(path));
    const [first] = all;
    if (!first) return [];
    const count = all.length > 1 ? ` (${String(all.length)} files)` : '';
    return [
      findingOf({
        ...leftover,
        rule: 'committed-leftovers',
        title: `${leftover.title}: ${first.path}${count}`,
        path: first.path,
      }),
    ];
  });
  return [
    ...found,
    ...added.filter(({ afterBytes = 0 }) => afterBytes > largeBytes).map(tooLarge),
    ...lockAlone(files),
  ];
};

function tooLarge({ path, afterBytes = 0 }: SourceFile) {
  return findingOf({
    rule: 'committed-leftovers',
    severity: 'minor',
    category: 'scope_drift',
    title: `A large file was committed: ${path}`,
    why: `It has ${String(Math.round(afterBytes / 1024 / 1024))} MiB.`,
    path,
  });
}

/** What is installed changes without anyone having asked for it. */
function lockAlone(files: readonly SourceFile[]) {
  const lock = files.find(({ path, status }) => path.endsWith('package-lock.json') && status === 'modified');
  if (!lock || files.some(({ path }) => path.endsWith('package.json'))) return [];
  return [
    findingOf({
      rule: 'committed-leftovers',
      severity: 'minor',
      category: 'scope_drift',
      title: 'The lockfile was changed, but no manifest',
      why: 'Other versions are installed than before, and nothing says why.',
      path: lock.path,
    }),
  ];
}

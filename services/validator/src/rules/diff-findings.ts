import type { FindingDraft } from '@missions/mission';
import type { Change, RuleContext } from './change.ts';
import { changedConfiguration } from './changed-configuration.ts';
import { changedScripts } from './changed-scripts.ts';
import { committedLeftovers } from './committed-leftovers.ts';
import { committedSecrets } from './committed-secrets.ts';
import { deletedTests } from './deleted-tests.ts';
import { disarmedRunners } from './disarmed-runners.ts';
import { fakedSuccess } from './faked-success.ts';
import { hardCodedResults } from './hard-coded-results.ts';
import type { Rule } from './rule.ts';
import { skippedTests } from './skipped-tests.ts';
import { sourceFiles } from './source-file.ts';
import { stubs } from './stubs.ts';
import { vacuousTests } from './vacuous-tests.ts';
import { validatorDetection } from './validator-detection.ts';
import { weakenedTests } from './weakened-tests.ts';

const rules: readonly Rule[] = [
  deletedTests,
  skippedTests,
  weakenedTests,
  vacuousTests,
  disarmedRunners,
  changedScripts,
  changedConfiguration,
  fakedSuccess,
  validatorDetection,
  stubs,
  hardCodedResults,
  committedSecrets,
  committedLeftovers,
];

/** More of one kind says nothing new, and a report holds so many. */
const maxPerRule = 15;

/**
 * What the rules hold against a change: located by `path:line`, without features, worst first. The same change gives the same
 * findings. Nothing here executes anything.
 */
export function diffFindings(change: Change, context: RuleContext): readonly FindingDraft[] {
  const files = sourceFiles(change);
  return rules
    .flatMap((rule) => [...rule(files, context)].sort(bySeverity).slice(0, maxPerRule))
    .sort(bySeverity);
}

const ranks = { blocker: 0, major: 1, minor: 2, info: 3 } as const;

function bySeverity(one: FindingDraft, other: FindingDraft): number {
  return ranks[one.severity] - ranks[other.severity];
}

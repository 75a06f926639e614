import type { FindingDraft } from '@missions/mission';
import type { Change, RuleContext } from './change.ts';
import type { Rule } from './rule.ts';

const rules: readonly Rule[] = [];

/** More of one kind says nothing new, and a report holds so many. */
const maxPerRule = 15;

/**
 * What the rules hold against a change: located by `path:line`, without features, worst first. The same change gives the same
 * findings. Nothing here executes anything.
 */
export function diffFindings(change: Change, context: RuleContext): readonly FindingDraft[] {
  return rules.flatMap((rule) => rule(change, context).slice(0, maxPerRule)).sort(bySeverity);
}

const ranks = { blocker: 0, major: 1, minor: 2, info: 3 } as const;

function bySeverity(one: FindingDraft, other: FindingDraft): number {
  return ranks[one.severity] - ranks[other.severity];
}

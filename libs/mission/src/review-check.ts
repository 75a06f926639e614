import type { CheckRecord } from './validation-report.ts';

/** Under this name scrutiny records what became of the review of one feature. */
export function reviewCheckName(featureId: string): string {
  return `review of ${featureId}`;
}

const name = /^review of (F-\d+)$/;
const prefix = 'Not reviewed. ';

/** The output of a review that did not happen, with its reason. */
export function notReviewed(problem: string): string {
  return `${prefix}${problem}`;
}

/** Features that no reviewer read, each with the reason; a later review of the same feature makes up for it. */
export function unreviewedFeatures(checks: readonly CheckRecord[]): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const check of checks) {
    const featureId = name.exec(check.name)?.[1];
    if (featureId !== undefined) newest.set(featureId, check.output);
  }
  return new Map([...newest].filter(([, output]) => output.startsWith(prefix)));
}

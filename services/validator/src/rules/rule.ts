import type { FindingDraft } from '@missions/mission';
import type { RuleContext } from './change.ts';
import type { SourceFile } from './source-file.ts';

/** One kind of thing that is held against a change; pure. */
export type Rule = (files: readonly SourceFile[], context: RuleContext) => readonly FindingDraft[];

/** What a rule has to say; the rest of a finding is the same for all of them. */
export interface Suspicion {
  readonly rule: string;
  readonly severity: FindingDraft['severity'];
  readonly category: FindingDraft['category'];
  readonly title: string;
  readonly why: string;
  readonly path: string;
  readonly line?: number | undefined;
  /** What stands there; shown as it is. */
  readonly shown?: string | undefined;
  readonly suggestedFix?: string;
}

/** What differs from one finding of a rule to the next. */
export type Problem = Pick<Suspicion, 'title' | 'why' | 'line' | 'shown'>;

export function findingOf(suspicion: Suspicion): FindingDraft {
  const { rule, severity, category, title, why, path, line, shown, suggestedFix } = suspicion;
  const quoted = shown === undefined ? '' : `\n\n    ${shown.trim().slice(0, 400)}`;
  return {
    severity,
    category,
    title: title.slice(0, 300).toWellFormed(),
    detail: `${why}${quoted}\n\nFound by the rule \`${rule}\` over the diff.`.slice(0, 4_000).toWellFormed(),
    location: (line === undefined ? path : `${path}:${String(line)}`).slice(0, 1_000).toWellFormed(),
    assertionIds: [],
    featureIds: [],
    ...(suggestedFix !== undefined && { suggestedFix }),
  };
}

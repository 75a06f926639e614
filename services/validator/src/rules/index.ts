export type { Change, ChangedText, Line, RuleContext } from './change.ts';
export { diffFindings } from './diff-findings.ts';
export { readChange } from './read-change.ts';

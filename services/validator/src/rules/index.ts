export type { Change, ChangedText, Line, RuleContext } from './change.ts';
export { contractLiterals } from './contract-literals.ts';
export { diffFindings } from './diff-findings.ts';
export { isRunnerConfiguration, namesFile, roleOf } from './file-role.ts';
export { readChange } from './read-change.ts';
export { sourceFiles } from './source-file.ts';
export { wordsOf } from './surviving-words.ts';
export { pairTests, testsOfAll, type LocatedTest, type TestPairs } from './tests-of.ts';

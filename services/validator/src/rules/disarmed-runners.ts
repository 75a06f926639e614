import type { Node } from '@babel/types';
import { findingOf, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';
import { constantOf, isCall, lineOf, nameOf, sourceOf, walk, type Syntax } from './syntax.ts';

/**
 * A project's own runner of tests that goes on saying that all is well, but no longer loads the files it names, or forgets what
 * fails while it loads them. Written for projects that need no other runner: a loop over files and `require`, `import()` or a
 * process for each.
 */
export const disarmedRunners: Rule = (files) =>
  files.flatMap((file) => {
    const { role, syntaxBefore: before, syntaxAfter: after } = file;
    if (role !== 'test' || !before || !after || loadings(before).length === 0) return [];
    const forgiving = forgives(after)[0];
    if (loadings(after).length === 0)
      return [finding(file, 'no longer runs what it names', firstLine(after))];
    return forgiving && forgives(before).length === 0
      ? [finding(file, 'forgets what fails', lineOf(forgiving), sourceOf(after, forgiving))]
      : [];
  });

const loads =
  /^(?:require|import|run)$|(?:^|\.)(?:spawn|spawnSync|exec|execSync|execFile|execFileSync|fork|runInThisContext|runMain)$/;

/** Calls that load or start what is only known when it runs. */
function loadings(syntax: Syntax): readonly Node[] {
  return [...walk(syntax.file.program)].flatMap(({ node }) => (isLoading(node) ? [node] : []));
}

function isLoading(node: Node): boolean {
  if (node.type === 'ImportExpression') return constantOf(node.source) === undefined;
  if (!isCall(node) || !loads.test(nameOf(node.callee))) return false;
  return node.arguments.length > 0 && !node.arguments.every((argument) => constantOf(argument) !== undefined);
}

/** Handlers around such a call that leave no trace which could make the run fail. */
function forgives(syntax: Syntax): readonly Node[] {
  return [...walk(syntax.file.program)].flatMap(({ node }) => {
    if (node.type !== 'TryStatement' || !node.handler) return [];
    const hides = [...walk(node.block)].some((inner) => isLoading(inner.node));
    return hides && ![...walk(node.handler.body)].some((inner) => leavesTrace(inner.node))
      ? [node.handler]
      : [];
  });
}

function leavesTrace(node: Node): boolean {
  if (isCall(node)) return !/^console\./.test(nameOf(node.callee));
  return /^(?:ThrowStatement|AssignmentExpression|UpdateExpression|ReturnStatement|YieldExpression)$/.test(
    node.type,
  );
}

function firstLine(syntax: Syntax): number {
  const [first] = syntax.file.program.body;
  return first ? lineOf(first) : 1;
}

function finding({ path }: SourceFile, what: string, line: number, shown?: string) {
  return findingOf({
    rule: 'disarmed-runners',
    severity: 'blocker',
    category: 'test_quality',
    title: `The project’s own test runner ${what}: ${path}`,
    why: 'On the base a test that failed made it fail.',
    path,
    line,
    shown,
    suggestedFix: 'Let it run every test, and fail when one does.',
  });
}

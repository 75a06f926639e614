import type { Node } from '@babel/types';
import { boundNames, insistingNames } from './assertions-of.ts';
import { fakedInText } from './faked-success-in-text.ts';
import { madeUpReport } from './made-up-report.ts';
import { findingOf, type Problem, type Rule } from './rule.ts';
import { isNew, type SourceFile } from './source-file.ts';
import {
  constantOf,
  isCall,
  isFunction,
  lineOf,
  nameOf,
  sourceOf,
  walk,
  type Syntax,
  type Visited,
} from './syntax.ts';

/**
 * Code that makes a failing run look like a passing one: it ends the process early and well, sets the exit code at its end,
 * replaces parts of an assertion library, of the test runner or of `process`, or prints a runner's summary by itself.
 */
export const fakedSuccess: Rule = (files) =>
  files
    .filter(({ role }) => role !== 'document' && role !== 'fixture')
    .flatMap((file) => {
      const syntax = file.syntaxAfter;
      const found = syntax ? [...inSyntax(file, syntax), ...madeUpReport(file, syntax)] : fakedInText(file);
      return found.map((problem) => findingOf({ ...shared, ...problem, path: file.path }));
    });

const shared = { rule: 'faked-success', severity: 'blocker', category: 'test_quality' } as const;

function inSyntax(file: SourceFile, syntax: Syntax): readonly Problem[] {
  const all = [...walk(syntax.file.program)];
  const shape = shapeOf(file, syntax, all);
  return all
    .filter(({ node }) => isNew(file, lineOf(node), node.loc?.end.line))
    .flatMap((visited) => {
      const problem = problemOf(visited, shape);
      return problem
        ? [{ ...problem, line: lineOf(visited.node), shown: sourceOf(syntax, visited.node).slice(0, 200) }]
        : [];
    });
}

interface Shape {
  readonly isTest: boolean;
  /** Others import it, so what it does on its first level happens to them. */
  readonly isImported: boolean;
  readonly testing: ReadonlySet<string>;
  /** Where the file begins to insist on something; Infinity where it never does. */
  readonly firstAssertion: number;
}

function shapeOf(file: SourceFile, syntax: Syntax, all: readonly Visited[]): Shape {
  const names = insistingNames(syntax);
  const assertion = all.find(({ node }) => isCall(node) && names(nameOf(node.callee)));
  return {
    isTest: file.role === 'test' || file.role === 'configuration',
    isImported: all.some(
      ({ node }) => /^Export/.test(node.type) || /^(?:module\.)?exports\b/.test(nameOf(node)),
    ),
    testing: testingNames(all),
    firstAssertion: assertion?.node.start ?? Infinity,
  };
}

const testing =
  /^(?:node:)?(?:assert(?:\/strict)?|test(?:\/reporters)?)$|^(?:chai|vitest|@jest\/globals|jest|mocha|ava|uvu(?:\/assert)?|tap|expect)$/;

/** What the file calls the assertion library and the test runner. */
function testingNames(all: readonly Visited[]): ReadonlySet<string> {
  const names = new Set(['assert', 'expect']);
  for (const { node } of all) {
    if (node.type === 'ImportDeclaration' && testing.test(node.source.value))
      for (const { local } of node.specifiers) names.add(local.name);
    if (node.type === 'VariableDeclarator' && node.init && testing.test(loadedModule(node.init) ?? ''))
      for (const name of boundNames(node.id)) names.add(name);
  }
  return names;
}

/** Of `require(…)`, `process.getBuiltinModule(…)` and `await import(…)`, also behind a member. */
function loadedModule(node: Node): string | undefined {
  if (node.type === 'AwaitExpression') return loadedModule(node.argument);
  if (node.type === 'MemberExpression') return loadedModule(node.object);
  const source =
    isCall(node) && /^(?:require|import|process\.getBuiltinModule|\w+\.require)$/.test(nameOf(node.callee))
      ? node.arguments[0]
      : node.type === 'ImportExpression'
        ? node.source
        : undefined;
  const name = source && constantOf(source);
  return typeof name === 'string' ? name : undefined;
}

function problemOf(visited: Visited, shape: Shape): Pick<Problem, 'title' | 'why'> | undefined {
  return endsEarly(visited, shape) ?? setsExitCode(visited, shape) ?? replaces(visited, shape);
}

const endings = /^(?:process|globalThis\.process)\.(?:exit|reallyExit)$/;

function endsEarly({ node, parents }: Visited, shape: Shape): Pick<Problem, 'title' | 'why'> | undefined {
  if (!isCall(node) || !endings.test(nameOf(node.callee))) return undefined;
  const [code] = node.arguments;
  const endsWell = code === undefined || constantOf(code) === 0;
  if (!endsWell && !nameOf(node.callee).endsWith('reallyExit')) return undefined;
  const title = 'The process is ended as if all were well';
  if (nameOf(node.callee).endsWith('reallyExit'))
    return { title, why: 'It passes by everything that wants to be told of an end.' };
  if (isInHook(parents))
    return { title, why: 'It happens when the process ends or fails, whatever the reason was.' };
  const isFirstLevel = !parents.some((parent) => isFunction(parent));
  if (
    shape.isTest &&
    (isInHandler(parents) || (node.start ?? 0) < shape.firstAssertion) &&
    !(isFirstLevel && parents.some(isChoice))
  )
    return { title, why: 'It happens in what tests, before or instead of what the tests insist on.' };
  if (!shape.isTest && shape.isImported && isFirstLevel && !parents.some(isChoice))
    return { title, why: 'Whoever imports this file, as a test does, is ended by it.' };
  return undefined;
}

function isChoice(parent: Node): boolean {
  return (
    parent.type === 'IfStatement' ||
    parent.type === 'SwitchStatement' ||
    parent.type === 'ConditionalExpression' ||
    parent.type === 'LogicalExpression'
  );
}

function isInHandler(parents: readonly Node[]): boolean {
  return parents.some(
    (parent, index) =>
      parent.type === 'CatchClause' ||
      (parent.type === 'TryStatement' && parent.finalizer === parents[index + 1]),
  );
}

/** Inside a listener of the process's end or of a failure nobody caught. */
function isInHook(parents: readonly Node[]): boolean {
  return parents.some((parent) => {
    if (
      !isCall(parent) ||
      !/^process\.(?:on|once|addListener|prependListener|prependOnceListener)$/.test(nameOf(parent.callee))
    )
      return false;
    const [event] = parent.arguments;
    return (
      event !== undefined &&
      /^(?:exit|beforeExit|uncaughtException|unhandledRejection)$/.test(String(constantOf(event)))
    );
  });
}

function setsExitCode({ node, parents }: Visited, shape: Shape): Pick<Problem, 'title' | 'why'> | undefined {
  if (node.type !== 'AssignmentExpression' || nameOf(node.left) !== 'process.exitCode') return undefined;
  if (constantOf(node.right) !== 0) return undefined;
  const isFirstLevel = !parents.some((parent) => isFunction(parent));
  const harmful =
    isInHook(parents) || (shape.isTest && isInHandler(parents)) || (shape.isImported && isFirstLevel);
  return harmful
    ? { title: 'The exit code is set to 0', why: 'A failure that was there before is hidden by it.' }
    : undefined;
}

const builtIns =
  /^(?:Object|Array|String|Number|Promise|Map|Set|Error|JSON|Math|Function)(?:\.prototype)?\.\w+$/;

function replaces({ node, parents }: Visited, shape: Shape): Pick<Problem, 'title' | 'why'> | undefined {
  const target = replacedPart(node);
  if (target === undefined) return undefined;
  const [root = ''] = target.split(/[.(]/);
  if (shape.testing.has(root) && target !== root)
    return {
      title: `Part of the assertion library or the test runner is replaced: ${target}`,
      why: 'What tests insist on afterwards means something else.',
    };
  if (shape.isTest) return undefined;
  if (/^process\.(?:exit|reallyExit|emit|_exiting)$/.test(target))
    return {
      title: `A part of the process is replaced: ${target}`,
      why: 'The process no longer ends as those who call it believe.',
    };
  const isGuarded = parents.some(isChoice);
  if (builtIns.test(target) && !isGuarded)
    return {
      title: `A built-in is replaced: ${target}`,
      why: 'Everything in the process, tests included, is changed by it.',
    };
  return undefined;
}

/** What an assignment, `Object.assign`, `Object.defineProperty` or a mock of a method puts something else in the place of. */
function replacedPart(node: Node): string | undefined {
  if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression')
    return withoutLoading(node.left);
  if (!isCall(node)) return undefined;
  const name = nameOf(node.callee);
  const [target, key] = node.arguments;
  if (!target) return undefined;
  if (/^(?:Object|Reflect)\.(?:defineProperty|set)$/.test(name))
    return `${withoutLoading(target)}.${String((key && constantOf(key)) ?? '?')}`;
  return name === 'Object.assign' || name === 'Object.defineProperties'
    ? `${withoutLoading(target)}.*`
    : undefined;
}

/** `require('assert').ok` is a part of the library as much as `assert.ok` is. */
function withoutLoading(node: Node): string {
  if (node.type === 'MemberExpression') {
    const property = nameOf(node).split('.').at(-1) ?? '?';
    return `${withoutLoading(node.object)}.${property}`;
  }
  return testing.test(loadedModule(node) ?? '') ? 'assert' : nameOf(node);
}

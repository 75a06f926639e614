import type { CallExpression, Node } from '@babel/types';
import { assertionsOf, insistingNames, type CheckedThing, type Insisting } from './assertions-of.ts';
import {
  constantOf,
  isCall,
  isFunction,
  isLiteral,
  lineOf,
  nameOf,
  sourceOf,
  walk,
  type FunctionNode,
  type Syntax,
} from './syntax.ts';

export type TestMark = 'skip' | 'todo' | 'only' | 'early_return';

/** A test as a file declares it; a file of assertions without any test is one test without a name. */
export interface DeclaredTest {
  /** With the names of its suites, joined by ` › `. */
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
  readonly marks: readonly TestMark[];
  readonly assertions: readonly CheckedThing[];
  /** Lines at which a failure inside the test would be caught and forgotten. */
  readonly swallows: readonly number[];
  /** Says nothing, calls nothing. */
  readonly isEmpty: boolean;
}

const roots = /^(?:x|f)?(?:test|it|specify|describe|suite|context)$/;
const suites = /^(?:x|f)?(?:describe|suite|context)$/;

interface TestCall {
  readonly call: CallExpression;
  readonly isSuite: boolean;
  readonly marks: readonly TestMark[];
  readonly body: FunctionNode | undefined;
  readonly label: string;
}

/** The tests of a JavaScript or TypeScript file, in the order of its text. */
export function declaredTests(syntax: Syntax): readonly DeclaredTest[] {
  const names = insistingNames(syntax);
  const calls = new Map<Node, TestCall>();
  const tests: DeclaredTest[] = [];
  for (const { node, parents } of walk(syntax.file.program)) {
    const call = isCall(node) ? testCall(syntax, node) : undefined;
    if (!call) continue;
    calls.set(node, call);
    if (call.isSuite) continue;
    const around = parents.flatMap((parent) => calls.get(parent) ?? []);
    tests.push(testOf(syntax, call, { around, names }));
  }
  if (calls.size > 0) return tests;
  const assertions = assertionsOf(syntax, syntax.file.program, { names, isElsewhere: () => false });
  const endLine = syntax.file.loc?.end.line ?? 1;
  const whole = { name: '', line: 1, endLine, marks: [], swallows: [], isEmpty: false };
  return assertions.some(({ strength }) => strength > 0) ? [{ ...whole, assertions }] : [];
}

function testOf(
  syntax: Syntax,
  { call, marks, body, label }: TestCall,
  { around, names }: { readonly around: readonly TestCall[]; readonly names: Insisting },
): DeclaredTest {
  const isElsewhere = (node: Node): boolean =>
    node !== call && isCall(node) && testCall(syntax, node) !== undefined;
  const root = body?.body;
  return {
    name: [...around, { label }].map((part) => part.label).join(' › '),
    line: lineOf(call),
    endLine: call.loc?.end.line ?? lineOf(call),
    marks: [...new Set([...around.flatMap((suite) => suite.marks), ...marks])],
    assertions: root ? assertionsOf(syntax, root, { names, isElsewhere }) : [],
    swallows: root ? swallowed(root, names) : [],
    isEmpty: root?.type === 'BlockStatement' && root.body.length === 0,
  };
}

function testCall(syntax: Syntax, call: CallExpression): TestCall | undefined {
  // `it.each(table)('name', …)` is the call of a call.
  const callee = isCall(call.callee) ? call.callee.callee : call.callee;
  if (callee.type === 'TaggedTemplateExpression') return undefined;
  const [root = '', ...modifiers] = nameOf(callee).split('.');
  const ofContext =
    /^(?:t|tt|ctx|context|assert|test)$/.test(root) && modifiers[0] === 'test' && modifiers.length === 1;
  if (!roots.test(root) && !ofContext) return undefined;
  const [first] = call.arguments;
  const body = call.arguments.findLast((argument) => isFunction(argument));
  const title = first && constantOf(first);
  if (!first || (typeof title !== 'string' && !body)) return undefined;
  if (typeof title !== 'string' && first !== body && !/Template|Binary|Identifier|Member/.test(first.type))
    return undefined;
  return {
    call,
    isSuite: suites.test(root) || (root === 'test' && /^(?:describe|suite)$/.test(modifiers[0] ?? '')),
    marks: [...modifierMarks(root, modifiers), ...optionMarks(call), ...(body ? bodyMarks(body) : [])],
    body: body && isFunction(body) ? body : undefined,
    label: typeof title === 'string' ? title : first === body ? '' : sourceOf(syntax, first),
  };
}

function modifierMarks(root: string, modifiers: readonly string[]): readonly TestMark[] {
  if (/^x/.test(root)) return ['skip'];
  if (/^f(?:it|test|describe|context|suite|specify)/.test(root)) return ['only'];
  return modifiers.flatMap((modifier): readonly TestMark[] =>
    modifier === 'skip' || modifier === 'fixme' || modifier === 'failing' || modifier === 'fails'
      ? ['skip']
      : modifier === 'only' || modifier === 'todo'
        ? [modifier]
        : [],
  );
}

/** `{ skip: true }`, `{ todo: 'later' }`; a condition that depends on the machine is no mark. */
function optionMarks({ arguments: given }: CallExpression): readonly TestMark[] {
  return given.flatMap((argument) => {
    if (argument.type !== 'ObjectExpression') return [];
    return argument.properties.flatMap((property): readonly TestMark[] => {
      if (property.type !== 'ObjectProperty' || property.key.type !== 'Identifier') return [];
      const { name } = property.key;
      const isOn =
        isLiteral(property.value) &&
        constantOf(property.value) !== false &&
        property.value.type !== 'NullLiteral';
      return isOn && (name === 'skip' || name === 'todo' || name === 'only') ? [name] : [];
    });
  });
}

/** `t.skip()` and a `return` before anything else was said. */
function bodyMarks({ body }: FunctionNode): readonly TestMark[] {
  if (body.type !== 'BlockStatement') return [];
  const [first] = body.body;
  const called =
    first?.type === 'ExpressionStatement' && isCall(first.expression) ? nameOf(first.expression.callee) : '';
  if (/^\w+\.(?:skip|todo)$/.test(called)) return [called.endsWith('todo') ? 'todo' : 'skip'];
  if (first?.type === 'ReturnStatement' && body.body.length > 1) return ['early_return'];
  const only = first?.type === 'IfStatement' && !first.alternate ? first.consequent : undefined;
  const inner = only?.type === 'BlockStatement' ? only.body[0] : only;
  return inner?.type === 'ReturnStatement' && first?.type === 'IfStatement' && asksEnvironment(first.test)
    ? ['early_return']
    : [];
}

function asksEnvironment(test: Node): boolean {
  return [...walk(test)].some(({ node }) => /^process\.(?:env|argv)/.test(nameOf(node)));
}

function swallowed(root: Node, names: Insisting): readonly number[] {
  const insists = (node: Node): boolean =>
    [...walk(node)].some(({ node: inner }) => isCall(inner) && names(nameOf(inner.callee)));
  const reports = (node: Node): boolean =>
    insists(node) ||
    [...walk(node)].some(
      ({ node: inner }) =>
        inner.type === 'ThrowStatement' ||
        inner.type === 'AssignmentExpression' ||
        (isCall(inner) && /^(?:done|reject|next|process\.exit|\w+\.push)$/.test(nameOf(inner.callee))),
    );
  return [...walk(root)].flatMap(({ node }) => {
    if (node.type === 'TryStatement' && node.handler)
      return insists(node.block) &&
        !reports(node.handler.body) &&
        !(node.finalizer && insists(node.finalizer))
        ? [lineOf(node.handler)]
        : [];
    if (!isCall(node) || !/\.catch$/.test(nameOf(node.callee)) || node.callee.type !== 'MemberExpression')
      return [];
    const [handler] = node.arguments;
    return handler && isFunction(handler) && insists(node.callee.object) && !reports(handler.body)
      ? [lineOf(node)]
      : [];
  });
}

import { parse, type ParserPlugin } from '@babel/parser';
import type { CallExpression, Comment, File, Node } from '@babel/types';

/** A parsed text; positions are those of the text. */
export interface Syntax {
  readonly text: string;
  readonly file: File;
  readonly comments: readonly Comment[];
}

const dialects: Readonly<Record<string, readonly ParserPlugin[]>> = {
  js: ['jsx'],
  jsx: ['jsx'],
  mjs: ['jsx'],
  cjs: ['jsx'],
  ts: ['typescript'],
  mts: ['typescript'],
  cts: ['typescript'],
  tsx: ['typescript', 'jsx'],
};

/** Undefined for another language, and for a text that does not parse: then there is nothing that could be said of it. */
export function syntaxOf(path: string, text: string): Syntax | undefined {
  const plugins = dialects[/\.(\w+)$/.exec(path)?.[1] ?? ''];
  if (!plugins) return undefined;
  try {
    const file = parse(text, {
      sourceType: 'unambiguous',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      errorRecovery: true,
      plugins: [...plugins, 'decorators', 'explicitResourceManagement'],
    });
    return { text, file, comments: file.comments ?? [] };
  } catch {
    return undefined;
  }
}

export interface Visited {
  readonly node: Node;
  /** From the root down to the node's own parent. */
  readonly parents: readonly Node[];
}

/** Every node below and including this one, each before its children, in the order of the text. */
export function* walk(node: Node, parents: readonly Node[] = []): Generator<Visited> {
  yield { node, parents };
  const below = [...parents, node];
  for (const child of childrenOf(node)) yield* walk(child, below);
}

const notChildren = new Set([
  'loc',
  'extra',
  'leadingComments',
  'trailingComments',
  'innerComments',
  'comments',
  'tokens',
  'errors',
]);

function childrenOf(node: Node): readonly Node[] {
  return Object.entries(node)
    .filter(([key]) => !notChildren.has(key))
    .flatMap(([, value]: [string, unknown]): readonly unknown[] => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
    .sort((one, other) => (one.start ?? 0) - (other.start ?? 0));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function sourceOf({ text }: Syntax, node: Node): string {
  return text.slice(node.start ?? 0, node.end ?? 0);
}

export function lineOf(node: Node): number {
  return node.loc?.start.line ?? 1;
}

/** `a.b.c` of a call or a member; `expect().not.toBe` where a part of it is called itself. */
export function nameOf(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'CallExpression':
    case 'OptionalCallExpression':
      return `${nameOf(node.callee)}()`;
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return `${nameOf(node.object)}.${propertyOf(node.property, node.computed)}`;
    case 'AwaitExpression':
      return nameOf(node.argument);
    case 'TSNonNullExpression':
    case 'TSAsExpression':
    case 'ParenthesizedExpression':
      return nameOf(node.expression);
    case 'MetaProperty':
      return 'import.meta';
    case 'Import':
      return 'import';
    default:
      return '?';
  }
}

function propertyOf(property: Node, computed: boolean): string {
  if (property.type === 'Identifier' && !computed) return property.name;
  return constantOf(property)?.toString() ?? '?';
}

/** The value of a literal, also of one put together from literals. */
export function constantOf(node: Node): string | number | boolean | undefined {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return node.value;
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
    case 'UnaryExpression': {
      const value = node.operator === '-' ? constantOf(node.argument) : undefined;
      return typeof value === 'number' ? -value : undefined;
    }
    case 'BinaryExpression': {
      const [left, right] = node.operator === '+' ? [constantOf(node.left), constantOf(node.right)] : [];
      return typeof left === 'string' && typeof right === 'string' ? left + right : undefined;
    }
    default:
      return undefined;
  }
}

export type FunctionNode = Extract<
  Node,
  {
    type:
      | 'FunctionDeclaration'
      | 'FunctionExpression'
      | 'ArrowFunctionExpression'
      | 'ObjectMethod'
      | 'ClassMethod'
      | 'ClassPrivateMethod';
  }
>;

export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression' ||
    node.type === 'ObjectMethod' ||
    node.type === 'ClassMethod' ||
    node.type === 'ClassPrivateMethod'
  );
}

export function isCall(node: Node): node is CallExpression {
  return node.type === 'CallExpression';
}

/** A value that no input can change: a literal, or a list or an object of nothing else. */
export function isLiteral(node: Node): boolean {
  if (constantOf(node) !== undefined || node.type === 'NullLiteral') return true;
  if (node.type === 'Identifier') return node.name === 'undefined';
  if (node.type === 'ArrayExpression')
    return node.elements.every((element) => element === null || isLiteral(element));
  return (
    node.type === 'ObjectExpression' &&
    node.properties.every(
      (property) => property.type === 'ObjectProperty' && !property.computed && isLiteral(property.value),
    )
  );
}

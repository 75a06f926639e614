import type { Node } from '@babel/types';
import {
  constantOf,
  isCall,
  isFunction,
  isLiteral,
  lineOf,
  nameOf,
  sourceOf,
  walk,
  type Syntax,
} from './syntax.ts';

/** One thing that a test insists on. */
export interface CheckedThing {
  /** As written, without what formatting changes. */
  readonly text: string;
  readonly line: number;
  /** 3: an exact value; 2: a part, an order or a refusal; 1: that there is something; 0: nothing that could be wrong. */
  readonly strength: 0 | 1 | 2 | 3;
}

/** Which names of a file insist on something: the assertion libraries it imports, and functions of its own around them. */
export type Insisting = (name: string) => boolean;

const libraries =
  /^(?:node:)?assert(?:\/strict)?$|^(?:chai|uvu\/assert|power-assert|expect|should|@std\/assert|jsr:@std\/assert.*)$/;
const ofContext =
  /^\w+\.(?:assert\.)?(?:ok|notOk|equal|equals|is|not|same|deepEqual|strictEqual|deepStrictEqual|notEqual|notDeepEqual|throws|rejects|doesNotThrow|match|regex|true|false|truthy|falsy|fail|like|snapshot|assert)$/;
const helper = /^(?:assert|expect|check|verify|must|should|ensure|fail)(?:[A-Z_\d]\w*)?$/;

export function insistingNames(syntax: Syntax): Insisting {
  const imported = new Set(['assert', 'expect', 'chai', 'should']);
  const declared = new Map<string, Node>();
  for (const { node } of walk(syntax.file.program)) {
    if (node.type === 'ImportDeclaration' && libraries.test(node.source.value))
      for (const { local } of node.specifiers) imported.add(local.name);
    if (node.type === 'VariableDeclarator') {
      const required = node.init ? requiredModule(node.init) : undefined;
      if (required !== undefined && libraries.test(required))
        for (const name of boundNames(node.id)) imported.add(name);
      if (node.id.type === 'Identifier' && node.init && isFunction(node.init))
        declared.set(node.id.name, node.init);
    }
    if (node.type === 'FunctionDeclaration' && node.id) declared.set(node.id.name, node);
  }
  const direct: Insisting = (name) =>
    imported.has(name.split('.')[0]?.replace(/\(\)$/, '') ?? '') || ofContext.test(name) || helper.test(name);
  return withHelpers(declared, direct);
}

/** A function of the file's own insists if something in it does, over any number of calls. */
function withHelpers(declared: ReadonlyMap<string, Node>, direct: Insisting): Insisting {
  const found = new Set<string>();
  for (let grown = true; grown;) {
    grown = false;
    for (const [name, body] of declared) {
      if (found.has(name)) continue;
      if (![...walk(body)].some(({ node }) => insists(node, (called) => direct(called) || found.has(called))))
        continue;
      found.add(name);
      grown = true;
    }
  }
  return (name) => direct(name) || found.has(name);
}

function insists(node: Node, names: Insisting): boolean {
  return node.type === 'ThrowStatement' || (isCall(node) && names(nameOf(node.callee)));
}

function requiredModule(node: Node): string | undefined {
  const call = node.type === 'MemberExpression' ? node.object : node;
  if (!isCall(call) || nameOf(call.callee) !== 'require') return undefined;
  const [argument] = call.arguments;
  const name = argument && constantOf(argument);
  return typeof name === 'string' ? name : undefined;
}

export function boundNames(pattern: Node): readonly string[] {
  if (pattern.type === 'Identifier') return [pattern.name];
  if (pattern.type !== 'ObjectPattern') return [];
  return pattern.properties.flatMap((property) =>
    property.type === 'ObjectProperty' ? boundNames(property.value) : [],
  );
}

/** What a stretch of a test insists on, without what `isElsewhere` counts as another test's. */
export function assertionsOf(
  syntax: Syntax,
  root: Node,
  { names, isElsewhere }: { readonly names: Insisting; readonly isElsewhere: (node: Node) => boolean },
): readonly CheckedThing[] {
  const found: CheckedThing[] = [];
  for (const { node, parents } of walk(root)) {
    if (isElsewhere(node) || parents.some(isElsewhere)) continue;
    if (node.type === 'ThrowStatement') {
      const around = parents.findLast((parent) => parent.type === 'IfStatement');
      found.push({ text: plainSource(syntax, around ?? node), line: lineOf(node), strength: 2 });
    }
    if (!isCall(node) || !names(nameOf(node.callee)) || continuesChain(node, parents)) continue;
    const whole = endOfChain(node, parents);
    found.push({ text: plainSource(syntax, whole), line: lineOf(node), strength: strengthOf(syntax, whole) });
  }
  return found;
}

/** `expect(x)` is counted where its chain begins, so `.toBe(1)` after it is no second assertion. */
function continuesChain(node: Node, parents: readonly Node[]): boolean {
  if (!isCall(node)) return false;
  const { callee } = node;
  if (callee.type === 'MemberExpression' && /\(\)/.test(nameOf(callee.object))) return true;
  const parent = parents.at(-1);
  // The arguments of an assertion are part of it.
  return (
    parent !== undefined && isCall(parent) && parent.callee !== node && /^expect$/.test(nameOf(parent.callee))
  );
}

function endOfChain(node: Node, parents: readonly Node[]): Node {
  let end = node;
  for (const parent of parents.toReversed()) {
    const goesOn =
      (parent.type === 'MemberExpression' && parent.object === end) ||
      (isCall(parent) && parent.callee === end);
    if (!goesOn) break;
    end = parent;
  }
  return end;
}

const exact =
  /(?:^|\.)(?:strictEqual|deepStrictEqual|deepEqual|equal|equals|eql|is|same|like|toBe|toEqual|toStrictEqual|toHaveLength|toMatchObject|toMatchInlineSnapshot|toMatchSnapshot|toHaveBeenCalledWith|toHaveBeenCalledTimes|toHaveProperty|snapshot|assertEqual|assertEquals)$/;
const existence =
  /(?:^|\.)(?:ok|assert|toBeTruthy|toBeDefined|toBeFalsy|truthy|falsy|exist|exists|doesNotThrow|notEqual|notStrictEqual|notDeepEqual|pass|toBeNull|toBeUndefined|toHaveBeenCalled|true|false)$/;

function strengthOf(syntax: Syntax, whole: Node): CheckedThing['strength'] {
  const name = (isCall(whole) ? nameOf(whole.callee) : nameOf(whole)).replaceAll('()', '');
  const values = valuesOf(whole);
  // A helper of the file's own insists on what it is given.
  if (isOwnHelper(name, values)) return 3;
  if (cannotBeWrong(syntax, values, name)) return 0;
  if (/\.not\.|doesNotThrow/.test(name)) return 1;
  if (exact.test(name)) return 3;
  if (!existence.test(name) && !/^(?:assert|expect)$/.test(name)) return 2;
  const [value] = values;
  if (value?.type === 'BinaryExpression' && /^[!=]==?$/.test(value.operator)) return 3;
  return value?.type === 'Identifier' || value?.type === 'MemberExpression' ? 1 : isPlainCall(value) ? 1 : 2;
}

function isOwnHelper(name: string, values: readonly Node[]): boolean {
  return !name.includes('.') && !/^(?:assert|expect|ok|fail)$/.test(name) && values.length > 1;
}

function isPlainCall(value: Node | undefined): boolean {
  return value?.type === 'CallExpression' || value?.type === 'AwaitExpression';
}

/** All that the chain is called with: `expect(x).toBe(1)` has x and 1. */
function valuesOf(whole: Node): readonly Node[] {
  if (whole.type === 'MemberExpression') return valuesOf(whole.object);
  if (!isCall(whole)) return [];
  const before = whole.callee.type === 'MemberExpression' ? valuesOf(whole.callee.object) : [];
  return [...before, ...whole.arguments];
}

/** Only literals, or the same name on both sides. */
function cannotBeWrong(syntax: Syntax, values: readonly Node[], name: string): boolean {
  if (/(?:^|\.)(?:fail|unreachable)$/.test(name)) return false;
  const compared = values.slice(0, exact.test(name) ? 2 : 1);
  if (compared.length === 0) return /(?:^|\.)pass$/.test(name);
  if (compared.every(isLiteral)) return true;
  const [one, other] = compared;
  return (
    one !== undefined &&
    other !== undefined &&
    one.type !== 'CallExpression' &&
    (one.type === 'Identifier' || one.type === 'MemberExpression') &&
    sourceOf(syntax, one) === sourceOf(syntax, other)
  );
}

/** Without what formatters change: spaces, quotes, trailing commas. */
export function plainSource(syntax: Syntax, node: Node): string {
  return sourceOf(syntax, node)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/["`]/g, "'")
    .replaceAll(/,? ?([)\]}])/g, '$1')
    .replaceAll(/([([{]) /g, '$1')
    .trim();
}

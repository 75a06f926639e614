import type { Node } from '@babel/types';
import { contractLiterals, type ContractLiterals } from './contract-literals.ts';
import { findingOf, type Problem, type Rule } from './rule.ts';
import { isNew, type SourceFile } from './source-file.ts';
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
  type Visited,
} from './syntax.ts';

/**
 * Product code that knows an input of a proof by heart and answers it with a value that is written down: a special case for
 * what the contract happens to ask. Commands, flags, routes and the small cases of an algorithm are what products consist of.
 */
export const hardCodedResults: Rule = (files, { assertions }) => {
  const contract = contractLiterals(assertions);
  if (contract.values.size === 0) return [];
  return files.flatMap((file) => {
    if (file.role !== 'product' || !file.syntaxAfter) return [];
    return inSyntax(file, file.syntaxAfter, contract).map((problem) =>
      findingOf({
        rule: 'hard-coded-results',
        severity: 'major',
        category: 'stub',
        ...problem,
        path: file.path,
        suggestedFix: 'Compute it from the input.',
      }),
    );
  });
};

function inSyntax(file: SourceFile, syntax: Syntax, contract: ContractLiterals): readonly Problem[] {
  return [...walk(syntax.file.program)].flatMap((visited) => {
    const { node } = visited;
    if (!isNew(file, lineOf(node), node.loc?.end.line)) return [];
    const input = specialCase(visited, contract) ?? answersByHeart(node, contract);
    if (input === undefined) return [];
    return [
      {
        title: `An input of a proof is answered by heart: ${JSON.stringify(input)}`.slice(0, 200),
        why: 'The contract proves with exactly this value, and what is given for it is written down.',
        line: lineOf(node),
        shown: sourceOf(syntax, node).slice(0, 300),
      },
    ];
  });
}

/** `if (text === 'the quick brown fox') return 4`, as an if, a choice of two, or a case. */
function specialCase({ node, parents }: Visited, contract: ContractLiterals): string | undefined {
  if (node.type === 'SwitchCase' && node.test) {
    const input = inputOf(node.test, contract, parents);
    return input !== undefined && node.consequent.some((part) => givesLiteral(part)) ? input : undefined;
  }
  if (node.type !== 'IfStatement' && node.type !== 'ConditionalExpression') return undefined;
  const input = [...walk(node.test)].flatMap(
    ({ node: part }) => comparedInput(part, contract, parents) ?? [],
  )[0];
  return input !== undefined && givesLiteral(node.consequent) ? input : undefined;
}

function comparedInput(test: Node, contract: ContractLiterals, parents: readonly Node[]): string | undefined {
  if (test.type === 'BinaryExpression' && /^={2,3}$/.test(test.operator)) {
    const literal = constantOf(test.right) === undefined ? test.left : test.right;
    const other = literal === test.right ? test.left : test.right;
    return isPlain(other) ? inputOf(literal, contract, parents, other) : undefined;
  }
  if (
    !isCall(test) ||
    !/(?:\.(?:includes|startsWith|endsWith|match|test)|isDeepStrictEqual)$/.test(nameOf(test.callee))
  )
    return undefined;
  const own =
    test.callee.type === 'MemberExpression' && /\.includes$/.test(nameOf(test.callee))
      ? test.callee.object
      : undefined;
  const known = own?.type === 'ArrayExpression' ? own.elements : test.arguments;
  return known.flatMap((value) => (value ? (inputOf(value, contract, parents) ?? []) : []))[0];
}

/** A value as it came in, at most trimmed, joined or written in lower case. */
function isPlain(node: Node): boolean {
  if (isCall(node))
    return /\.(?:trim|toLowerCase|toUpperCase|join|toString|stringify|at|slice)$|^(?:String|Number|JSON\.stringify)$/.test(
      nameOf(node.callee),
    );
  return node.type === 'Identifier' || node.type === 'MemberExpression';
}

/** A literal that the contract holds and that is data, not a word of the product's own language. */
function inputOf(
  literal: Node,
  { values }: ContractLiterals,
  parents: readonly Node[],
  compared?: Node,
): string | undefined {
  const value = constantOf(literal);
  if (typeof value === 'number')
    return values.has(String(value)) &&
      Math.abs(value) > 2 &&
      compared !== undefined &&
      isParameter(compared, parents)
      ? String(value)
      : undefined;
  return typeof value === 'string' && isData(value) && values.has(value) ? value : undefined;
}

function isData(text: string): boolean {
  if (text.length < 3 || /^[-/.#@]/.test(text) || /^[\w-]+\/[\w.+-]+$/.test(text)) return false;
  // A method, a content type, an error code, a key of the keyboard: one word of one kind of letters.
  if (/^[A-Z_\d]+$|^[a-z][a-zA-Z]*$|^[a-z]+(?:[-_:.][a-z]+)*$/.test(text)) return false;
  return /\s|\d|[A-Z]|[,;@|=+*]/.test(text.trim()) && text.trim().length >= 3;
}

function isParameter(node: Node, parents: readonly Node[]): boolean {
  if (node.type !== 'Identifier') return false;
  const around = parents.findLast((parent) => isFunction(parent));
  return (
    around !== undefined &&
    isFunction(around) &&
    around.params.some((parameter) => parameter.type === 'Identifier' && parameter.name === node.name)
  );
}

/** Gives, or prints and leaves with, nothing but what is written down. */
function givesLiteral(node: Node | null | undefined): boolean {
  if (!node) return false;
  if (node.type === 'BlockStatement')
    return node.body.length <= 3 && node.body.some((part) => givesLiteral(part));
  if (node.type === 'ReturnStatement') return node.argument ? isWritten(node.argument) : false;
  if (node.type === 'ExpressionStatement') {
    const { expression } = node;
    if (expression.type === 'AssignmentExpression') return isWritten(expression.right);
    return (
      isCall(expression) &&
      /^(?:console\.\w+|print\w*|(?:\w+\.)+(?:write|end|send|json))$/.test(nameOf(expression.callee)) &&
      expression.arguments.length > 0 &&
      expression.arguments.every(isWritten)
    );
  }
  return isWritten(node);
}

function isWritten(node: Node): boolean {
  if (
    isCall(node) &&
    /^(?:JSON\.stringify|String|Promise\.resolve|Object\.freeze)$/.test(nameOf(node.callee))
  )
    return node.arguments.every(isWritten);
  return (
    isLiteral(node) &&
    !(node.type === 'Identifier') &&
    node.type !== 'NullLiteral' &&
    typeof constantOf(node) !== 'boolean'
  );
}

/** A table whose keys are inputs of proofs: `{ 'the quick brown fox': 4 }`, `new Map([['…', 4]])`. */
function answersByHeart(node: Node, contract: ContractLiterals): string | undefined {
  const pairs = pairsOf(node);
  const known = pairs.filter(([key, value]) => isData(key) && contract.values.has(key) && isLiteral(value));
  return known.length > 0 && known.length * 2 >= pairs.length ? known[0]?.[0] : undefined;
}

function pairsOf(node: Node): readonly (readonly [string, Node])[] {
  if (node.type === 'ObjectExpression')
    return node.properties.flatMap((property) =>
      property.type === 'ObjectProperty' && !property.computed
        ? [
            [
              property.key.type === 'Identifier' ? property.key.name : String(constantOf(property.key) ?? ''),
              property.value,
            ] as const,
          ]
        : [],
    );
  if (
    node.type !== 'NewExpression' ||
    nameOf(node.callee) !== 'Map' ||
    node.arguments[0]?.type !== 'ArrayExpression'
  )
    return [];
  return node.arguments[0].elements.flatMap((entry) => {
    if (entry?.type !== 'ArrayExpression') return [];
    const [key, value] = entry.elements;
    return key && value ? [[String(constantOf(key) ?? ''), value] as const] : [];
  });
}

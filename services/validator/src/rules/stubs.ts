import type { Comment, Node } from '@babel/types';
import { exportedNames } from './exported-names.ts';
import { findingOf, type Problem, type Rule } from './rule.ts';
import { isNew, type SourceFile } from './source-file.ts';
import { stubsInText } from './stubs-in-text.ts';
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
  type Visited,
} from './syntax.ts';

/** Product code that stands where something should be: it refuses, does nothing, or gives a constant whatever it is asked. */
export const stubs: Rule = (files) =>
  files
    .filter(({ role }) => role === 'product')
    .flatMap((file) => {
      const found = file.syntaxAfter ? inSyntax(file, file.syntaxAfter) : stubsInText(file);
      return found.map((problem) => findingOf({ ...shared, ...problem, path: file.path }));
    });

const shared = { rule: 'stubs', severity: 'major', category: 'stub' } as const;

export const unfinished =
  /\b(?:not (?:yet )?implemented|unimplemented|not supported yet|to be implemented|implement (?:me|this|later)|coming soon|stub(?:bed)?\b)/i;
const promise =
  /\b(?:TODO|FIXME|XXX|HACK)\b|\b(?:stub|placeholder|dummy|fake|hard-?coded|for now)\b|not (?:yet )?implemented/i;

function inSyntax(file: SourceFile, syntax: Syntax): readonly Problem[] {
  const extended = extendedClasses(syntax);
  const exported = exportedNames(syntax);
  return [...walk(syntax.file.program)]
    .filter(({ node }) => isNew(file, lineOf(node), node.loc?.end.line))
    .flatMap((visited) => {
      const problem = refuses(visited, extended) ?? emptyOrConstant(visited, { syntax, file, exported });
      return problem
        ? [{ ...problem, line: lineOf(visited.node), shown: sourceOf(syntax, visited.node).slice(0, 300) }]
        : [];
    });
}

/** Classes that others extend may leave something to them. */
function extendedClasses(syntax: Syntax): ReadonlySet<string> {
  const names = [...walk(syntax.file.program)].flatMap(({ node }) =>
    (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') && node.superClass
      ? [nameOf(node.superClass)]
      : [],
  );
  return new Set(names);
}

function refuses(
  { node, parents }: Visited,
  extended: ReadonlySet<string>,
): Pick<Problem, 'title' | 'why'> | undefined {
  const said =
    node.type === 'ThrowStatement'
      ? textOfError(node.argument)
      : isCall(node) && /(?:\.reject|\.status|\.writeHead)$/.test(nameOf(node.callee))
        ? textOfCall(node)
        : undefined;
  if (said === undefined || !unfinished.test(said) || isAbstract(parents, said, extended)) return undefined;
  return {
    title: `Something is not implemented: ${functionName(parents) ?? 'the code'}`,
    why: `It says so itself: ${said}`,
  };
}

function textOfError(error: Node): string | undefined {
  if (error.type !== 'NewExpression' && !isCall(error)) return undefined;
  if (/NotImplemented|Unimplemented/.test(nameOf(error.callee))) return 'not implemented';
  return error.arguments.flatMap((argument) => writtenText(argument) ?? [])[0];
}

function textOfCall(call: Node): string | undefined {
  if (!isCall(call)) return undefined;
  const [first] = call.arguments;
  if (first && constantOf(first) === 501) return 'not implemented';
  return /\.reject$/.test(nameOf(call.callee)) && first ? textOfError(first) : undefined;
}

function writtenText(node: Node): string | undefined {
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.raw).join('…');
  const text = constantOf(node);
  return typeof text === 'string' ? text : undefined;
}

function isAbstract(parents: readonly Node[], said: string, extended: ReadonlySet<string>): boolean {
  if (/abstract|subclass|overrid/i.test(said)) return true;
  const around = parents.findLast(
    (parent) => parent.type === 'ClassDeclaration' || parent.type === 'ClassExpression',
  );
  const name = around && 'id' in around && around.id?.type === 'Identifier' ? around.id.name : '';
  return extended.has(name) || /^(?:Abstract|Base)|Base$/.test(name);
}

function functionName(parents: readonly Node[]): string | undefined {
  const index = parents.findLastIndex((parent) => isFunction(parent));
  const around = parents[index];
  return around && isFunction(around) ? nameOfFunction(around, parents.slice(0, index)) : undefined;
}

function nameOfFunction(node: FunctionNode, parents: readonly Node[]): string | undefined {
  if ('id' in node && node.id?.type === 'Identifier') return node.id.name;
  if ('key' in node) return nameOf(node.key);
  const parent = parents.at(-1);
  if (parent?.type === 'VariableDeclarator') return nameOf(parent.id);
  return parent?.type === 'ObjectProperty' ? nameOf(parent.key) : undefined;
}

interface Surrounding {
  readonly syntax: Syntax;
  readonly file: SourceFile;
  /** Names that the file exports elsewhere than at their declaration. */
  readonly exported: ReadonlySet<string>;
}

function emptyOrConstant(
  { node, parents }: Visited,
  { syntax, file, exported }: Surrounding,
): Pick<Problem, 'title' | 'why'> | undefined {
  if (!isFunction(node) || !isNew(file, node.body.loc?.start.line ?? 0, node.body.loc?.end.line))
    return undefined;
  const name = nameOfFunction(node, parents);
  if (name === undefined || /^_|noop|no_op|nothing|ignore|null|empty|default|dummy|constructor/i.test(name))
    return undefined;
  const promised = commentsIn(syntax, node).find(({ value }) => promise.test(value));
  const given = onlyLiteral(node);
  if (given !== undefined && promised)
    return {
      title: `A stub: ${name}`,
      why: `It gives a constant, and a comment promises the rest: ${promised.value.trim()}`,
    };
  if (isEmptyBlock(node) && promised)
    return {
      title: `A stub: ${name}`,
      why: `It is empty, and a comment promises the rest: ${promised.value.trim()}`,
    };
  if (!isOffered(node, parents, exported) || node.params.length === 0 || commentsIn(syntax, node).length > 0)
    return undefined;
  if (isEmptyBlock(node) && !isOfNullObject(parents))
    return { title: `An offered function does nothing: ${name}`, why: 'It takes something and has no body.' };
  const isUnused = node.params.every(
    (parameter) => parameter.type === 'Identifier' && !parameter.name.startsWith('_'),
  );
  return given !== undefined && isUnused
    ? {
        title: `An offered function gives a constant: ${name}`,
        why: `Whatever it is given, it gives ${given}.`,
      }
    : undefined;
}

/** The source of the one literal that is all a function gives; undefined when it does anything else. */
function onlyLiteral(node: FunctionNode): string | undefined {
  const { body } = node;
  if (body.type !== 'BlockStatement') return isLiteral(body) ? shownLiteral(body) : undefined;
  const [only] = body.body;
  if (body.body.length !== 1 || only?.type !== 'ReturnStatement') return undefined;
  return only.argument ? (isLiteral(only.argument) ? shownLiteral(only.argument) : undefined) : 'nothing';
}

function shownLiteral(node: Node): string {
  const value = constantOf(node);
  return value === undefined
    ? node.type === 'ArrayExpression'
      ? 'a list that is written down'
      : node.type === 'ObjectExpression'
        ? 'an object that is written down'
        : 'nothing'
    : JSON.stringify(value);
}

/** A class that does nothing on purpose, in every method. */
function isOfNullObject(parents: readonly Node[]): boolean {
  const around = parents.findLast((parent) => parent.type === 'ClassBody');
  return around?.body.every((member) => !isFunction(member) || isEmptyBlock(member)) ?? false;
}

function isEmptyBlock({ body }: FunctionNode): boolean {
  return body.type === 'BlockStatement' && body.body.length === 0;
}

function commentsIn({ comments }: Syntax, { body }: FunctionNode): readonly Comment[] {
  const line = body.loc?.end.line;
  return comments.filter(
    ({ start, end, loc }) =>
      ((start ?? 0) >= (body.start ?? 0) && (end ?? 0) <= (body.end ?? 0)) || loc?.start.line === line,
  );
}

/** A function that the file exports by its name, on its first level. */
function isOffered(node: FunctionNode, parents: readonly Node[], exported: ReadonlySet<string>): boolean {
  if (
    parents.some(
      (parent) => parent.type === 'ExportNamedDeclaration' || parent.type === 'ExportDefaultDeclaration',
    )
  )
    return !parents.some(
      (parent) => isFunction(parent) || parent.type === 'ObjectExpression' || isCall(parent),
    );
  const name = nameOfFunction(node, parents);
  const isFirstLevel = !parents.some(
    (parent) => isFunction(parent) || parent.type === 'ClassBody' || isCall(parent),
  );
  return name !== undefined && isFirstLevel && exported.has(name);
}

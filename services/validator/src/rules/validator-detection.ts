import type { Node } from '@babel/types';
import { findingOf, type Problem, type Rule, type Suspicion } from './rule.ts';
import { isNew, type SourceFile } from './source-file.ts';
import {
  constantOf,
  isCall,
  isLiteral,
  lineOf,
  nameOf,
  sourceOf,
  walk,
  type Syntax,
  type Visited,
} from './syntax.ts';

/**
 * Product code that looks whether it is being validated: for the contract's folder, for marks that test runners leave in a
 * process, for the sandbox it runs in. Reading settings of its own from the environment is what every product does.
 */
export const validatorDetection: Rule = (files) =>
  files
    .filter(({ role }) => role === 'product')
    .flatMap((file) => {
      const found = file.syntaxAfter ? inSyntax(file, file.syntaxAfter) : inText(file);
      return found.map((problem) => findingOf({ ...shared, ...problem, path: file.path }));
    });

const shared = {
  rule: 'validator-detection',
  category: 'test_quality',
  suggestedFix: 'Behave the same wherever the product runs.',
} as const;

type Detected = Problem & Pick<Suspicion, 'severity'>;

/** Nothing but a proof or a test runner sets these. */
const marks =
  /^(?:CONTRACT(?:_\w*)?|MISSIONS_\w+|NODE_TEST_\w+|JEST_WORKER_ID|VITEST(?:_\w+)?|MOCHA_\w+|PLAYWRIGHT_\w+|PYTEST_\w+|NODE_V8_COVERAGE|TAP(?:_\w+)?)$/;
const usual =
  /^(?:CI|GITHUB_ACTIONS|CONTINUOUS_INTEGRATION|NODE_OPTIONS|npm_lifecycle_event|TEST|TESTING|SANDBOX)$/;

function inSyntax(file: SourceFile, syntax: Syntax): readonly Detected[] {
  const seen = new Set<number>();
  return [...walk(syntax.file.program)].flatMap((visited) => {
    const { node } = visited;
    const line = lineOf(node);
    if (seen.has(line) || !isNew(file, line, node.loc?.end.line)) return [];
    const problem = readsMark(node) ?? looksAround(visited, syntax);
    if (!problem) return [];
    seen.add(line);
    return [{ ...problem, line, shown: sourceOf(syntax, node).slice(0, 200) }];
  });
}

function blocker(what: string): Detected {
  return {
    severity: 'blocker',
    title: `The product looks whether it is being validated: ${what}`,
    why: 'It could behave well only then.',
  };
}

function readsMark(node: Node): Detected | undefined {
  const name = environmentName(node);
  if (name !== undefined && marks.test(name)) return blocker(name);
  const text = constantOf(node);
  if (node.type === 'StringLiteral' || node.type === 'BinaryExpression' || node.type === 'TemplateLiteral')
    return typeof text === 'string' &&
      /^(?:CONTRACT_DIR|NODE_TEST_CONTEXT|JEST_WORKER_ID|PYTEST_CURRENT_TEST)$/.test(text)
      ? blocker(text)
      : undefined;
  return undefined;
}

/** `process.env.X`, `process.env['X']`, `'X' in process.env`, and what is taken apart from it. */
function environmentName(node: Node): string | undefined {
  if (node.type === 'MemberExpression') return /(?:^|\.)env\.(\w+)$/.exec(nameOf(node))?.[1];
  if (node.type === 'BinaryExpression' && node.operator === 'in' && nameOf(node.right) === 'process.env')
    return String(constantOf(node.left) ?? '');
  if (node.type !== 'VariableDeclarator' || node.id.type !== 'ObjectPattern' || !node.init) return undefined;
  if (nameOf(node.init) !== 'process.env') return undefined;
  const names = node.id.properties.flatMap((property) =>
    property.type === 'ObjectProperty' && property.key.type === 'Identifier' ? [property.key.name] : [],
  );
  return names.find((name) => marks.test(name));
}

const conditions = new Set([
  'IfStatement',
  'ConditionalExpression',
  'LogicalExpression',
  'SwitchStatement',
  'WhileStatement',
]);

/** What is asked in a condition, or kept under a name, of the process, the machine and the files around. */
function looksAround({ node, parents }: Visited, syntax: Syntax): Detected | undefined {
  const name = environmentName(node);
  if (name !== undefined && usual.test(name) && isAsked(node, parents))
    return { ...blocker(name), severity: 'major' };
  const asked = sniffs(node, syntax);
  return asked !== undefined && isAsked(node, parents) ? blocker(asked) : undefined;
}

function isAsked(node: Node, parents: readonly Node[]): boolean {
  const chain = [...parents, node];
  return chain.some((part, index) => {
    const next = chain[index + 1];
    if (conditions.has(part.type) && 'test' in part && part.test === next) return true;
    return (
      part.type === 'LogicalExpression' ||
      part.type === 'VariableDeclarator' ||
      part.type === 'ReturnStatement' ||
      part.type === 'ArrowFunctionExpression' ||
      (part.type === 'UnaryExpression' && part.operator === '!')
    );
  });
}

const fileQuestions =
  /(?:^|\.)(?:existsSync|exists|accessSync|access|statSync|stat|lstatSync|readdirSync|readdir|readFileSync|readFile|opendir\w*|realpath\w*)$/;
const textQuestions = /\.(?:startsWith|includes|endsWith|match|indexOf|test)$/;

function sniffs(node: Node, syntax: Syntax): string | undefined {
  if (isCall(node)) {
    const name = nameOf(node.callee);
    const [first] = node.arguments;
    const text = first && constantOf(first);
    if (
      fileQuestions.test(name) &&
      typeof text === 'string' &&
      /^\/(?:contract|workspace)(?:\/|$)/.test(text)
    )
      return text;
    if (textQuestions.test(name)) return questionOfProcess(sourceOf(syntax, node));
    if (
      /(?:some|find|filter|findIndex)$/.test(name) &&
      /Object\.(?:keys|entries)\(process\.env\)/.test(sourceOf(syntax, node))
    )
      return 'the names of its environment';
    return undefined;
  }
  if (node.type !== 'BinaryExpression' || !/^[!=]==?$/.test(node.operator)) return undefined;
  const text = sourceOf(syntax, node);
  // The user of a sandbox and its machine have names that no product needs to know by heart.
  if (
    /\bprocess\.(?:getuid|geteuid)(?:\?\.)?\(\)|\b(?:hostname|userInfo)\(\)/.test(text) &&
    !/\b0\b/.test(text) &&
    (isLiteral(node.left) || isLiteral(node.right))
  )
    return 'who runs it on which machine';
  return questionOfProcess(text);
}

/** Who runs it and where is asked for many reasons; a folder of a proof or a mark of a runner only for one. */
function questionOfProcess(text: string): string | undefined {
  const asksProcess =
    /\bprocess\.(?:cwd\(\)|argv\b|execArgv\b|env\b|title\b)|\bimport\.meta\.(?:url|dirname|filename)|\b__(?:dirname|filename)\b|\.stack\b/;
  if (!asksProcess.test(text)) return undefined;
  return /['"`][^'"`]*(?:\bcontract\b|\/workspace\b|node:test|--test\b|\bjest\b|vitest|mocha|\.test\.|\.spec\.|CONTRACT|sandbox|bwrap|MISSIONS|VAL-)[^'"`]*['"`]/i.exec(
    text,
  )?.[0];
}

const inOtherLanguages =
  /\b(?:CONTRACT_DIR|NODE_TEST_CONTEXT|PYTEST_CURRENT_TEST|JEST_WORKER_ID)\b|\bMISSIONS_[A-Z]\w+|['"]pytest['"]\s+in\s+sys\.modules|\btesting\.Testing\(\)|flag\.Lookup\("test\.|\[ *-[defx] +"?\/contract/;

function inText({ path, added }: SourceFile): readonly Detected[] {
  if (!/\.(?:py|go|rs|rb|sh|bash|java|php)$/.test(path)) return [];
  return added.flatMap(({ number, text }) => {
    const found = /^\s*(?:#|\/\/)/.test(text) ? undefined : inOtherLanguages.exec(text)?.[0];
    return found === undefined ? [] : [{ ...blocker(found), line: number, shown: text }];
  });
}

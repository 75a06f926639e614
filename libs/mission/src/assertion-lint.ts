import type { ProposalProblem } from './proposal-problem.ts';
import { looksAtSource, namesSource } from './source-paths.ts';
import type { Assertion } from './validation-contract.ts';

/**
 * What makes an assertion worthless although its proof can be carried out: a statement, or a proof, that repeats how the
 * product is made, and a command from which nothing is expected. Where the code itself is what is agreed (type `static` or
 * `quality`), it may be spoken of and read.
 */
export function lintAssertion(assertion: Assertion): readonly ProposalProblem[] {
  const { id, type } = assertion;
  const problems = [
    ...(speaksOfCode(assertion) ? [] : [...restated(assertion), ...readInstead(assertion)]),
    ...(speaksOfCode(assertion) || type === 'non_regression' ? [] : nothingExpected(assertion)),
  ];
  return problems.map((what) => ({ where: id, what }));
}

function speaksOfCode({ type }: Assertion): boolean {
  return type === 'static' || type === 'quality';
}

const outside =
  'say what somebody observes from outside: the output, the answer, the page. If the code itself is what is agreed, its type is static or quality';

/** Sentences about the parts of a program; each takes two words to match, so that output and commands may be named freely. */
const structure: readonly RegExp[] = [
  /\b(?:is|are|be) implemented (?:in|by|with|as|using|through|via)\b/i,
  /\b(?:calls?|invokes?|instantiates?|delegates to|inherits from|extends|overrides)\s+(?:the\s+)?(?:(?:function|method|class|module|hook|constructor)\s+`?[a-z_$]|`?[a-z_$][\w$.]{0,80}\(\))/i,
  /\b(?:function|method|class|interface|constructor|hook|struct|trait)\s+(?:named\s+|called\s+)?`?[a-z_$][\w$.]{0,80}(?:\(\))?`?\s+(?:exists|is (?:defined|exported|declared|implemented|called|used|present)|has (?:a|the) (?:method|field|property))/i,
  /\bthere (?:is|are) (?:an? )?(?:function|class|method|module|interface)s?\b/i,
  /\b(?:source code|codebase|implementation)\s+(?:uses|contains|defines|includes|has|imports|calls)\b/i,
];

function restated({ statement }: Assertion): readonly string[] {
  const spoken = withoutCommands(statement);
  const found =
    structure.map((pattern) => pattern.exec(spoken)?.[0]).find((match) => match !== undefined) ??
    namesSource(spoken);
  return found === undefined ? [] : [`restates its implementation ("${found.trim()}"): ${outside}`];
}

/** A span of code with several words is a command somebody types, whatever files it names. */
function withoutCommands(statement: string): string {
  return statement.replaceAll(/`[^`]*\s[^`]*`/g, '`…`');
}

function readInstead({ proof }: Assertion): readonly string[] {
  const { method, files, setup, command = '', rules = [] } = proof;
  const reads =
    method === 'inspection'
      ? rules.length > 0 && rules.every(({ path, contains }) => contains !== undefined && isSource(path))
      : (method === 'command' || method === 'static') &&
        files.length === 0 &&
        setup === undefined &&
        looksAtSource(command);
  return reads
    ? [`is proved by reading the source, which shows no behaviour: run the product and ${outside}`]
    : [];
}

function isSource(path: string): boolean {
  return looksAtSource(`cat ${path}`);
}

/** A command that compares by itself: `test` and its kin, an assertion, an exit that it chooses. */
const compares =
  /(?:^|[;&|(!{\s])(?:\[\[?\s|e?f?grep\s|rg\s|diff\s|cmp\s|jq\s)|(?:^|[;&|(!{]\s*)test\s|\bassert|[=!]==?|\bexit\s+[1-9]|process\.exit|\bthrow\b/;

/** An exit code alone says that something ran, not what it did. */
function nothingExpected({ proof: { method, files, command = '', expected } }: Assertion): readonly string[] {
  const silent = Object.keys(expected).every((part) => part === 'exitCode');
  if (method !== 'command' || !silent || files.length > 0 || command === '' || compares.test(command))
    return [];
  return [
    'expects no more than an exit code of a command that compares nothing: name the output in `expected`, or bring a proof file that checks it',
  ];
}

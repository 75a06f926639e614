import { linePattern, pathPattern } from '@missions/agent-tools';
import { isRefusal } from '@missions/kernel';
import {
  isBrowserStep,
  isHttpStep,
  isTerminalStep,
  type Assertion,
  type Expectation,
} from '@missions/mission';
import { captureMethod } from './capture-method.ts';
import { unobservableParts, type ObservationKind } from './observable.ts';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Why no product could ever meet this proof; undefined when one could. */
export function impossibleProof(assertion: Assertion): string | undefined {
  const { proof } = assertion;
  switch (proof.method) {
    case 'static':
    case 'command':
      return proof.command === undefined
        ? 'The proof has no command.'
        : unobservable(proof.expected, 'command');
    case 'http':
      return impossibleRequests(proof);
    case 'judgement':
      return impossibleJudgement(assertion);
    case 'pty':
      return impossibleTerminal(proof);
    case 'inspection':
      return impossibleRules(proof);
    case 'browser':
      return impossiblePages(proof);
  }
}

function impossibleJudgement(assertion: Assertion): string | undefined {
  const { proof } = assertion;
  if (proof.question === undefined) return 'The proof asks no question.';
  return impossibleProof({ ...assertion, proof: { ...proof, method: captureMethod(proof) } });
}

function impossibleRequests({ steps: all, expected }: Assertion['proof']): string | undefined {
  const steps = all.filter(isHttpStep);
  if (steps.length === 0) return 'The proof has no step to send.';
  return outside(steps.map(({ url }) => url)) ?? unobservableIn({ steps, expected }, 'http');
}

function impossiblePages({ steps: all, expected }: Assertion['proof']): string | undefined {
  const steps = all.filter(isBrowserStep);
  if (steps[0]?.action !== 'goto') return 'The proof opens no page first.';
  const first = steps.findIndex(({ action }) => action === 'accessibility');
  const checked = first < 0 ? [] : steps.slice(first);
  const unchecked = steps.filter((step) => !checked.includes(step)).flatMap((step) => step.expected ?? []);
  const early = [...unchecked, ...(checked.length === 0 ? [expected] : [])];
  if (early.some(({ violations }) => violations !== undefined))
    return 'The proof expects violations where no accessibility check came before.';
  return outside(steps.flatMap(({ url }) => url ?? [])) ?? unobservableIn({ steps, expected }, 'page');
}

function outside(urls: readonly string[]): string | undefined {
  const stray = urls.find((url) => !loopback.has(new URL(url).hostname));
  return stray && `${stray} is not on loopback, where the product's services listen.`;
}

function unobservableIn(
  { steps, expected }: Pick<Assertion['proof'], 'steps' | 'expected'>,
  kind: ObservationKind,
): string | undefined {
  return [expected, ...steps.flatMap((step) => step.expected ?? [])]
    .map((expectation) => unobservable(expectation, kind))
    .find((problem) => problem !== undefined);
}

function impossibleTerminal({ command, steps, expected }: Assertion['proof']): string | undefined {
  if (command === undefined) return 'The proof has no command to run on the terminal.';
  if (!steps.every(isTerminalStep)) return 'The proof holds a step that is none of a terminal.';
  return unobservableIn({ steps, expected }, 'screen');
}

function impossibleRules({ rules = [], expected }: Assertion['proof']): string | undefined {
  if (rules.length === 0) return 'The proof has no rule.';
  try {
    for (const { path, contains, never } of rules) {
      pathPattern(path);
      for (const expression of [contains, never]) if (expression !== undefined) linePattern(expression);
    }
  } catch (error) {
    if (isRefusal(error)) return error.message;
    throw error;
  }
  return unobservable(expected, 'inspection');
}

const named: Readonly<Record<ObservationKind, string>> = {
  command: 'a command',
  http: 'an HTTP answer',
  page: 'a page',
  screen: 'a terminal',
  inspection: 'an inspection',
};

function unobservable(expected: Expectation, kind: ObservationKind): string | undefined {
  const [part] = unobservableParts(expected, kind);
  return part && `The proof expects ${part}, which ${named[kind]} does not have.`;
}

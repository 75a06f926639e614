import { isHttpStep, type Assertion, type Expectation } from '@missions/mission';
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
    case 'browser':
    case 'pty':
    case 'inspection':
      return `The engine cannot carry out proofs by ${proof.method}.`;
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
  const outside = steps.find(({ url }) => !loopback.has(new URL(url).hostname));
  if (outside) return `${outside.url} is not on loopback, where the product's services listen.`;
  return [expected, ...steps.flatMap((step) => step.expected ?? [])]
    .map((expectation) => unobservable(expectation, 'http'))
    .find((problem) => problem !== undefined);
}

const named: Readonly<Record<ObservationKind, string>> = {
  command: 'a command',
  http: 'an HTTP answer',
  screen: 'a terminal',
};

function unobservable(expected: Expectation, kind: ObservationKind): string | undefined {
  const [part] = unobservableParts(expected, kind);
  return part && `The proof expects ${part}, which ${named[kind]} does not have.`;
}

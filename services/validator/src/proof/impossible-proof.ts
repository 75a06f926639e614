import { isHttpStep, type Assertion, type Expectation } from '@missions/mission';

const notOfAnswers = ['exitCode', 'stdout', 'stderr'] as const;
const notOfCommands = ['status', 'header'] as const;
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Why no product could ever meet this proof; undefined when one could. */
export function impossibleProof({ proof }: Assertion): string | undefined {
  switch (proof.method) {
    case 'static':
    case 'command':
      return proof.command === undefined
        ? 'The proof has no command.'
        : unobservable(proof.expected, notOfCommands, 'a command');
    case 'http':
      return impossibleRequests(proof);
    case 'browser':
    case 'pty':
    case 'inspection':
    case 'judgement':
      return `The engine cannot carry out proofs by ${proof.method}.`;
  }
}

function impossibleRequests({ steps: all, expected }: Assertion['proof']): string | undefined {
  const steps = all.filter(isHttpStep);
  if (steps.length === 0) return 'The proof has no step to send.';
  const outside = steps.find(({ url }) => !loopback.has(new URL(url).hostname));
  if (outside) return `${outside.url} is not on loopback, where the product's services listen.`;
  return [expected, ...steps.flatMap((step) => step.expected ?? [])]
    .map((expectation) => unobservable(expectation, notOfAnswers, 'an HTTP answer'))
    .find((problem) => problem !== undefined);
}

function unobservable(
  expected: Expectation,
  fields: readonly (keyof Expectation)[],
  of: string,
): string | undefined {
  const field = fields.find((name) => expected[name] !== undefined);
  return field && `The proof expects ${field}, which ${of} does not have.`;
}

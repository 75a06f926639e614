import type { Expectation } from './expectation.ts';
import type { PlanDraft } from './plan.ts';
import { isBrowserStep, isHttpStep, isTerminalStep, type ProofStep } from './proof-step.ts';
import type { Proof } from './proof.ts';
import type { ProposalProblem } from './proposal-problem.ts';
import type { Assertion } from './validation-contract.ts';

interface Product {
  readonly services: PlanDraft['services'];
}

/** How an assertion must say that it is proved; also applied to assertions that an amendment brings. */
export function checkProof({ id, proof }: Assertion, product: Product): readonly ProposalProblem[] {
  return [...problemsByMethod(proof, product), ...strayParts(proof)].map((what) => ({ where: id, what }));
}

function problemsByMethod(proof: Proof, product: Product): readonly string[] {
  switch (proof.method) {
    case 'static':
    case 'command':
      return proof.command === undefined ? ['has no command that proves it'] : [];
    case 'http':
      return [
        ...problemsOfSteps(proof, isHttpStep, 'is proved over http, but holds a step that is no request'),
        ...needsService(proof, product),
      ];
    case 'browser':
      return [
        ...problemsOfSteps(proof, isBrowserStep, 'is proved by browser, but holds a step without an action'),
        ...problemsOfPages(proof),
        ...needsService(proof, product),
      ];
    case 'pty':
      return [
        ...(proof.command === undefined ? ['names no command to run on the terminal'] : []),
        ...problemsOfSteps(
          proof,
          isTerminalStep,
          'is proved on a terminal, but holds a step of another method',
        ),
      ];
    case 'inspection':
      return (proof.rules ?? []).length === 0 ? ['has no rule to inspect by'] : [];
    case 'judgement':
      return problemsOfJudgement(proof);
  }
}

function problemsOfSteps(
  { steps, expected }: Proof,
  belongs: (step: ProofStep) => boolean,
  stray: string,
): readonly string[] {
  if (steps.length === 0) return ['has no step to send'];
  return [
    ...(steps.every(belongs) ? [] : [stray]),
    ...(steps.some((step) => asks(step.expected)) || asks(expected) ? [] : ['expects nothing of any answer']),
  ];
}

function asks(expected: Expectation | undefined): boolean {
  return Object.keys(expected ?? {}).length > 0;
}

function needsService({ method }: Proof, { services }: Product): readonly string[] {
  return services.length === 0
    ? [`is proved over ${method}, but the plan names no service that would answer`]
    : [];
}

/** Actions that need something to act on, or to act with. */
const needsTarget = new Set(['click', 'fill', 'select', 'check', 'uncheck', 'hover']);
const needsValue = new Set(['fill', 'select', 'press']);

function problemsOfPages({ steps }: Proof): readonly string[] {
  const pages = steps.filter(isBrowserStep);
  return [
    ...(pages[0] && pages[0].action !== 'goto'
      ? ['begins without opening a page: the first action is `goto`']
      : []),
    ...pages.flatMap(({ action, url, target, value }) => [
      ...(action === 'goto' && url === undefined ? ['opens a page without a url'] : []),
      ...(needsTarget.has(action) && !target ? [`holds the action ${action} without a target`] : []),
      ...(needsValue.has(action) && value === undefined
        ? [`holds the action ${action} without a value`]
        : []),
    ]),
  ];
}

function problemsOfJudgement({ question, command, steps }: Proof): readonly string[] {
  return [
    ...(question === undefined ? ['asks no question that could be judged'] : []),
    ...(command === undefined && steps.length === 0
      ? ['captures nothing that could be judged: it needs a command or steps']
      : []),
  ];
}

/** A part that the method does not look at would be believed to be proved. */
function strayParts({ method, rules, question }: Proof): readonly string[] {
  return [
    ...(rules && method !== 'inspection' ? [`holds rules, which a proof by ${method} does not look at`] : []),
    ...(question !== undefined && method !== 'judgement'
      ? [`asks a question, which a proof by ${method} does not answer`]
      : []),
  ];
}

import type { AssertionState } from './mission.state.ts';
import type { Doubt, Verdict } from './validation-contract.ts';
import type { ProofRecord } from './validation-report.ts';

/** Further executions of a proof whose verdict changed, or that was flaky: three equal ones in a row are believed. */
export const confirmingExecutions = 2;

/** What of a measurement counts: a pass that nobody has reason to believe is inconclusive, and why is said. */
export interface CountedVerdict {
  readonly verdict: Verdict;
  readonly observed: string;
  readonly doubt?: Doubt;
}

/**
 * The verdict that counts of what the engine measured. Red before green: a pass counts only for a proof that was seen failing
 * on the untouched base, or that guards what passed there. It also needs evidence, a broken variant that was noticed where
 * the contract describes one to be executed, and the same verdict from every execution.
 */
export function countedVerdict(proof: ProofRecord, assertion: AssertionState): CountedVerdict {
  const doubt = isSteady(proof, assertion) ? doubtOfPass(proof, assertion) : flaky(proof);
  if (!doubt) return { verdict: proof.verdict, observed: proof.observed };
  const observed = `${doubt.why}\n${proof.observed}`.slice(0, 4000);
  return { verdict: 'inconclusive', observed, doubt: doubt.doubt };
}

interface Doubted {
  readonly doubt: Doubt;
  readonly why: string;
}

/** A verdict of a flaky proof is believed again only when it was confirmed; an unconfirmed failure still counts as one. */
function isSteady({ verdict, again = [] }: ProofRecord, { flaky: wasFlaky }: AssertionState): boolean {
  if (!isDecided(verdict)) return true;
  if (again.some((other) => other !== verdict)) return false;
  return wasFlaky !== true || verdict === 'fail' || again.length >= confirmingExecutions;
}

function flaky({ verdict, again = [] }: ProofRecord): Doubted {
  const said = [verdict, ...again].join(', ');
  return { doubt: 'flaky', why: `The proof is flaky: at this one commit it said ${said}.` };
}

function doubtOfPass(proof: ProofRecord, assertion: AssertionState): Doubted | undefined {
  if (proof.verdict !== 'pass') return undefined;
  if (proof.evidence.length === 0)
    return { doubt: 'no_evidence', why: 'The proof was met, but nothing was captured that shows it.' };
  return neverRed(assertion) ?? doubtOfControl(proof, assertion);
}

function neverRed({ baseline, definition }: AssertionState): Doubted | undefined {
  const guards = definition.type === 'non_regression';
  if (guards ? baseline === 'already_passes' : baseline === 'fails_as_expected') return undefined;
  return { doubt: 'never_red', why: `The proof was met, but it proves nothing: ${baselineIs[baseline]}.` };
}

const baselineIs: Readonly<Record<AssertionState['baseline'], string>> = {
  already_passes: 'it is met on the untouched base as well',
  fails_as_expected: 'it guards what held before, and fails on the untouched base',
  cannot_run: 'it cannot run on the untouched base',
  not_run: 'nobody has executed it on the untouched base',
};

function doubtOfControl({ control }: ProofRecord, assertion: AssertionState): Doubted | undefined {
  const known = control?.outcome ?? (mustCatch(assertion) ? assertion.control : 'caught');
  if (known === 'caught') return undefined;
  const observed = control ? ` ${control.observed}` : '';
  return known === 'missed'
    ? { doubt: 'control_missed', why: `The proof does not notice a broken product.${observed}` }
    : { doubt: 'control_not_run', why: `The broken variant of the product was not tried.${observed}` };
}

/** Whether the contract describes a broken variant that the engine can make, and that the proof has to fail. */
export function mustCatch({ definition }: AssertionState): boolean {
  return typeof definition.negativeControl === 'object';
}

function isDecided(verdict: Verdict): boolean {
  return verdict === 'pass' || verdict === 'fail';
}

/** The last verdict on which the proof of this assertion, as it is worded now, came to a decision, as it was measured. */
export function lastDecided({ history }: AssertionState): 'pass' | 'fail' | undefined {
  const measured = history.map(({ verdict, loweredFrom }) => loweredFrom ?? verdict);
  return measured.findLast((verdict) => verdict === 'pass' || verdict === 'fail');
}

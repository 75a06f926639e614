import { lastDecided, mustCatch } from './counted-verdict.ts';
import type { AssertionState, Mission, RunState } from './mission.state.ts';
import { validatorOf } from './validation-contract.ts';
import type { ProofRecord } from './validation-report.ts';

/** The assertions of the milestone under validation that this run has to report on. */
export function assertionsOfRun(mission: Mission, run: RunState): readonly string[] {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return [];
  if (run.subject.final === true) return milestone.inScope;
  return milestone.inScope.filter((id) => {
    const assertion = mission.assertions[id];
    return assertion && validatorOf(assertion.definition) === run.role;
  });
}

/**
 * The assertions of this run whose proofs, as they are worded now, have yet to be executed on the untouched base: those that
 * an amendment brought, until a baseline says something of them. None of them can pass before.
 */
export function assertionsToBaseline(mission: Mission, run: RunState): readonly string[] {
  return assertionsOfRun(mission, run).filter((id) => {
    const baseline = mission.assertions[id]?.baseline;
    return baseline === 'not_run' || baseline === 'cannot_run';
  });
}

/**
 * The assertions of this run whose broken variant has yet to be noticed by the proof as it is worded now. Once it was, that
 * is known of the proof, and executing it again is not needed.
 */
export function controlsToExecute(mission: Mission, run: RunState): readonly string[] {
  return assertionsOfRun(mission, run).filter((id) => {
    const assertion = mission.assertions[id];
    return assertion !== undefined && mustCatch(assertion) && assertion.control !== 'caught';
  });
}

/**
 * Assertions whose proofs are to be executed `confirmingExecutions` more times at the same commit, the verdicts of which go
 * into `again`: every change between pass and fail against the last decision (for what held before, against the base), and
 * every decision of a proof that was flaky. A first pass of what failed on the base is the change that was ordered, and an
 * inconclusive, blocked or not executed proof decides nothing: these are not repeated.
 */
export function verdictsToConfirm(
  mission: Mission,
  run: RunState,
  proofs: readonly ProofRecord[],
): readonly string[] {
  const ids = new Set(assertionsOfRun(mission, run));
  return proofs
    .filter(({ assertionId, verdict }) => {
      const assertion = mission.assertions[assertionId];
      if (!assertion || !ids.has(assertionId) || (verdict !== 'pass' && verdict !== 'fail')) return false;
      return assertion.flaky === true || changed(assertion, verdict);
    })
    .map(({ assertionId }) => assertionId);
}

function changed(assertion: AssertionState, verdict: 'pass' | 'fail'): boolean {
  const last = lastDecided(assertion) ?? (assertion.baseline === 'already_passes' ? 'pass' : verdict);
  return last !== verdict;
}

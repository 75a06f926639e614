import {
  assertionsOfRun,
  assertionsToBaseline,
  confirmingExecutions,
  controlsToExecute,
  verdictsToConfirm,
  type Assertion,
  type BaselineRecord,
  type CheckRecord,
  type FindingDraft,
  type Mission,
  type ProofRecord,
} from '@missions/mission';
import type { ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import { onBase, ProofEngine, type Judge, type ProofSite } from '../proof/index.ts';
import { baseLayerOf } from './base-layer.ts';
import { longestProofMs } from './longest-proof.ts';
import { lookAtWork } from './look-at-work.ts';
import { proofPartsOf } from './proof-parts-of.ts';
import { featuresAt } from './review/located-finding.ts';

/** What the engine knows of a milestone before any agent looks at it. */
export interface Measured {
  readonly proofs: readonly ProofRecord[];
  /** Of assertions that an amendment brought. */
  readonly baselines: readonly BaselineRecord[];
  readonly checks: readonly CheckRecord[];
  readonly findings: readonly FindingDraft[];
}

/** Proves every assertion of the run, a change of verdict three times, and looks at the work as scrutiny does. */
export async function measure(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  { site, judge }: { readonly site: ProofSite; readonly judge: Judge },
): Promise<Measured> {
  const proofs = await prove(claimed, surroundings, { site, judge });
  const baselines = await baselinesOfAmended(claimed, surroundings, site);
  const { run } = claimed;
  if (run.role !== 'scrutiny' || run.subject.final === true)
    return { proofs, baselines, checks: [], findings: [] };
  const { checks, findings } = await lookAtWork(claimed, surroundings, site);
  return { proofs, baselines, checks, findings: findings.map((found) => concerning(found, claimed.mission)) };
}

async function prove(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  { site, judge }: { readonly site: ProofSite; readonly judge: Judge },
): Promise<readonly ProofRecord[]> {
  const { mission, run } = claimed;
  const engine = new ProofEngine({ ...(await proofPartsOf(claimed, surroundings)), judge });
  const proveAll = (assertions: readonly Assertion[], how: string): Promise<readonly ProofRecord[]> => {
    const quietMs = longestProofMs(assertions);
    return engine.proveAll(assertions, site, ({ assertion, ended }) => {
      claimed.held.show({ lastLine: `${assertion.id} ${ended ?? how}`, quietMs });
    });
  };
  const proofs = await proveAll(withControls(claimed), 'is being proved');
  const changed = definitionsOf(claimed, verdictsToConfirm(mission, run, proofs)).map(withoutControl);
  if (changed.length === 0) return proofs;
  const again = new Map<string, ProofRecord['verdict'][]>();
  for (let execution = 0; execution < confirmingExecutions; execution += 1)
    for (const { assertionId, verdict } of await proveAll(changed, 'is proved again'))
      again.set(assertionId, [...(again.get(assertionId) ?? []), verdict]);
  return proofs.map((proof) => {
    const verdicts = again.get(proof.assertionId);
    return verdicts ? { ...proof, again: verdicts } : proof;
  });
}

/**
 * The assertions of the run, their broken variants only where none was noticed yet: one that was made for an earlier state of
 * the work need not apply to a later one.
 */
function withControls(claimed: ClaimedRun): readonly Assertion[] {
  const { mission, run } = claimed;
  const controls = new Set(controlsToExecute(mission, run));
  return definitionsOf(claimed, assertionsOfRun(mission, run)).map((assertion) =>
    controls.has(assertion.id) ? assertion : withoutControl(assertion),
  );
}

function withoutControl({ negativeControl: _, ...assertion }: Assertion): Assertion {
  return assertion;
}

/** A rule knows the place; whose it is, the commits say. */
function concerning(finding: FindingDraft, mission: Mission): FindingDraft {
  return finding.featureIds.length > 0 ? finding : { ...finding, featureIds: featuresAt(finding, mission) };
}

/** Red before green holds for what came later too: nobody has seen an amended assertion fail without the product. */
async function baselinesOfAmended(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  site: ProofSite,
): Promise<readonly BaselineRecord[]> {
  const assertions = definitionsOf(claimed, assertionsToBaseline(claimed.mission, claimed.run));
  if (assertions.length === 0) return [];
  const layer = await baseLayerOf(claimed, surroundings, site)();
  const engine = new ProofEngine(await proofPartsOf(claimed, surroundings));
  const quietMs = longestProofMs(assertions);
  return engine.baselineAll(assertions, onBase(site, layer), ({ assertion, ended }) => {
    claimed.held.show({ lastLine: `${assertion.id} ${ended ?? 'is proved'} on the base`, quietMs });
  });
}

function definitionsOf({ mission }: ClaimedRun, ids: readonly string[]): readonly Assertion[] {
  return ids.flatMap((id) => mission.assertions[id]?.definition ?? []);
}

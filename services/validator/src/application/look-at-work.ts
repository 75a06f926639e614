import type { CheckRecord, FindingDraft } from '@missions/mission';
import type { ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import { runChecks } from '../checks/index.ts';
import { protectedPathFindings, type ProofSite } from '../proof/index.ts';
import { diffFindings, readChange } from '../rules/index.ts';
import { baseLayerOf } from './base-layer.ts';
import { ownFiles } from './own-files.ts';
import { proofPartsOf } from './proof-parts-of.ts';

/** What the engine has against the work besides the verdicts: the project's own checks, and the rules over what changed. */
export async function lookAtWork(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  site: ProofSite,
): Promise<{ readonly checks: readonly CheckRecord[]; readonly findings: readonly FindingDraft[] }> {
  const { mission, held, host } = claimed;
  const assertions = Object.values(mission.assertions).map(({ definition }) => definition);
  const { checks, findings } = await runChecks(await proofPartsOf(claimed, surroundings), site, {
    environment: mission.brief?.environment ?? {},
    assertions,
    baseLayer: baseLayerOf(claimed, surroundings, site),
    watch: (lastLine, quietMs) => {
      held.show({ lastLine, quietMs });
    },
  });
  const all = await readChange(site.repository, { from: startOf(claimed, site), to: site.sha }, site.signal);
  const change = await ownFiles(all, mission, site);
  const { touches = [] } = site;
  const byRules = diffFindings(change, { assertions, touches, finds: (text) => host.redactor.finds(text) });
  return { checks, findings: [...byRules, ...findings, ...(await protectedPathFindings(site))] };
}

/** What was accepted with an earlier milestone was settled there. */
function startOf({ mission, run }: ClaimedRun, { baseSha }: ProofSite): string {
  const { milestone = '' } = run.subject;
  return mission.milestones[milestone]?.startSha ?? baseSha;
}

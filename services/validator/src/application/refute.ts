import { randomUUID } from 'node:crypto';
import { sessionFileView, toolsFor } from '@missions/agent-tools';
import { withRunServers, type RunServers } from '@missions/agent-tools/mcp';
import { assertionsOfRun } from '@missions/mission';
import {
  performAgentRun,
  negotiateForAgent,
  publishBroadcast,
  transcriptOf,
  validationBriefing,
  type ClaimedRun,
  type ChildRuns,
  type RepositoryMaterial,
} from '@missions/runs';
import type { McpAccess, Surroundings } from '@missions/runtime';
import type { SandboxSession } from '@missions/workspace';
import type { ProofSite } from '../proof/index.ts';
import { endingAfter, userTestingTurns } from './exploration.ts';
import type { Measured } from './measure.ts';
import { prompts } from './prompts.ts';
import { submitReport } from './report-validation.ts';
import type { Reviewed } from './review/review-milestone.ts';
import { startServices } from './start-services.ts';

export interface Refutation {
  readonly site: ProofSite;
  readonly measured: Measured;
  readonly reviewed: Reviewed;
  readonly helpers: ChildRuns;
  readonly material: RepositoryMaterial;
  readonly mcp: McpAccess;
  readonly explorationTurns: number;
}

/** The agent works in a scratch copy of the commit; nothing it does there reaches the mission but its report. */
export async function refute(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  parts: Refutation,
): Promise<void> {
  const { run, host, signal, workSignal } = claimed;
  const { site, mcp } = parts;
  const directory = surroundings.places.workspace(`${run.id}-scratch-${randomUUID().slice(0, 8)}`);
  try {
    await site.repository.checkoutClean({ sha: site.sha, directory }, workSignal);
    await surroundings.adopt(directory);
    if (site.layer) await surroundings.layers.copyInto(site.layer, directory);
    const session = await surroundings.sandbox.openSession({
      id: `${run.id}-${String(run.token)}`,
      workspace: directory,
      signal,
    });
    try {
      const product = await startedProduct(claimed, session, site);
      const transcript = () => transcriptOf(host, run, run.id).load();
      const tools = { mcp, run, host, session, transcript, signal: workSignal };
      await withRunServers(tools, (servers) => drive(claimed, session, { ...parts, product, servers }));
    } finally {
      await session.close();
    }
  } finally {
    await site.repository.removeWorkspace({ directory });
  }
}

/** User testing finds the product running, as its user would. */
async function startedProduct(
  { run, host, workSignal: signal }: ClaimedRun,
  session: SandboxSession,
  { services }: ProofSite,
): Promise<readonly string[]> {
  if (run.role !== 'user_testing') return [];
  return startServices(session, services, { redactor: host.redactor, signal });
}

interface Driving extends Refutation {
  readonly product: readonly string[];
  readonly servers: RunServers;
}

async function drive(claimed: ClaimedRun, session: SandboxSession, parts: Driving): Promise<void> {
  const { run, mission, host } = claimed;
  const { measured, reviewed, servers, material, helpers, product } = parts;
  const turns = turnsOf(claimed, parts);
  const files = sessionFileView(session);
  const { redactor } = host;
  const known = {
    proofs: measured.proofs,
    engineFindings: measured.findings,
    reviewFindings: reviewed.findings,
    notReviewed: reviewed.notReviewed,
    product,
    ...(turns !== undefined && { turns }),
  };
  await performAgentRun(claimed, {
    system: prompts[run.role === 'user_testing' ? 'user_testing' : 'scrutiny'],
    briefing: servers.briefed(validationBriefing({ mission, run, material }, known)),
    sources: material.sources,
    header: { assertions: assertionsOfRun(mission, run), ...servers.header },
    budget: helpers.budget,
    tools: (research) => {
      const tools = toolsFor(run, {
        ...{ files, session, redactor, servers, research },
        evidence: host.artifacts,
        publish: publishBroadcast(claimed),
        negotiate: negotiateForAgent(claimed),
        conclude: { report_validation: concluding(claimed, parts) },
      });
      return turns === undefined ? tools : endingAfter(turns, tools);
    },
    researchTools: toolsFor({ role: 'researcher', task: 'research' }, { files, redactor, servers }),
  });
}

function concluding(claimed: ClaimedRun, { site, measured, reviewed }: Driving) {
  return async (
    report: Parameters<typeof submitReport>[1]['report'],
    { turn }: { readonly turn: number },
  ): Promise<undefined> => {
    await submitReport(claimed, { targetSha: site.sha, measured, reviewed, report, turn });
  };
}

/** Only what drives the product from outside explores without an end of its own. */
function turnsOf({ run, mission }: ClaimedRun, { explorationTurns }: Refutation): number | undefined {
  if (run.role !== 'user_testing') return undefined;
  const assertions = assertionsOfRun(mission, run).flatMap((id) => mission.assertions[id]?.definition ?? []);
  return userTestingTurns(assertions, explorationTurns);
}

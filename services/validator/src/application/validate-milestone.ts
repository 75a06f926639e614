import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { evidenceOf, sessionFileView, toolsFor } from '@missions/agent-tools';
import { withRunServers, type RunServers } from '@missions/agent-tools/mcp';
import { assertionsOfRun, type FindingDraft, type ProofRecord, type ReportClaim } from '@missions/mission';
import {
  factsOf,
  materialOfRun,
  performAgentRun,
  publishBroadcast,
  transcriptOf,
  validationBriefing,
  type ClaimedRun,
} from '@missions/runs';
import { noMcp, type McpAccess, type Surroundings } from '@missions/runtime';
import type { SandboxSession } from '@missions/workspace';
import { ProofEngine, protectedPathFindings, type ProofSite } from '../proof/index.ts';
import { longestProofMs } from './longest-proof.ts';
import { proofPartsOf } from './proof-parts-of.ts';
import { proofSiteOf } from './proof-site-of.ts';
import { projectTests, type CheckRecord } from './project-tests.ts';
import { startServices } from './start-services.ts';

const prompts = {
  scrutiny: prompt('scrutiny'),
  user_testing: prompt('user-testing'),
} as const;

function prompt(name: string): string {
  return readFileSync(new URL(`../prompts/${name}.md`, import.meta.url), 'utf8').trim();
}

interface Measured {
  readonly proofs: readonly ProofRecord[];
  readonly checks: readonly CheckRecord[];
  readonly findings: readonly FindingDraft[];
}

/**
 * One validator's part of a milestone. The engine proves first, and its verdicts are what the agent is told; the agent
 * then tries to refute. The final proof of a mission is the engine's alone.
 */
export async function validateMilestone(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  mcp: McpAccess = noMcp,
): Promise<void> {
  const { run } = claimed;
  const site = await proofSiteOf(claimed, surroundings);
  const measured = await measure(claimed, surroundings, site);
  if (run.subject.final === true) {
    await claimed.conclude(0, {
      kind: 'validated',
      targetSha: site.sha,
      proofs: [...measured.proofs],
      checks: [...measured.checks],
      captured: [],
    });
    return;
  }
  await refute(claimed, surroundings, { site, measured, mcp });
}

async function measure(claimed: ClaimedRun, surroundings: Surroundings, site: ProofSite): Promise<Measured> {
  const { mission, run } = claimed;
  const assertions = assertionsOfRun(mission, run).flatMap((id) => mission.assertions[id]?.definition ?? []);
  const parts = await proofPartsOf(claimed, surroundings);
  const quietMs = longestProofMs(assertions);
  const proofs = await new ProofEngine(parts).proveAll(assertions, site, ({ assertion, ended }) => {
    claimed.held.show({ lastLine: `${assertion.id} ${ended ?? 'is being proved'}`, quietMs });
  });
  if (run.role !== 'scrutiny' || run.subject.final === true) return { proofs, checks: [], findings: [] };
  const tests = await projectTests(claimed, surroundings, site);
  return {
    proofs,
    checks: tests.checks,
    findings: [...tests.findings, ...(await protectedPathFindings(site))],
  };
}

interface Refutation {
  readonly site: ProofSite;
  readonly measured: Measured;
}

/** The agent works in a scratch copy of the commit; nothing it does there reaches the mission but its report. */
async function refute(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  parts: Refutation & { readonly mcp: McpAccess },
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
      if (run.role === 'user_testing') await startServices(session, site.services, workSignal);
      const transcript = () => transcriptOf(host, run, run.id).load();
      const tools = { mcp, run, host, session, transcript, signal: workSignal };
      await withRunServers(tools, (servers) => drive(claimed, session, { ...parts, servers }));
    } finally {
      await session.close();
    }
  } finally {
    await site.repository.removeWorkspace({ directory });
  }
}

async function drive(
  claimed: ClaimedRun,
  session: SandboxSession,
  { site, measured, servers }: Refutation & { readonly servers: RunServers },
): Promise<void> {
  const { mission, run, host } = claimed;
  const files = sessionFileView(session);
  const { redactor } = host;
  const role = run.role === 'user_testing' ? 'user_testing' : 'scrutiny';
  const material = await materialOfRun(claimed, { source: site.repository, sha: site.sha });
  await performAgentRun(claimed, {
    system: prompts[role],
    briefing: servers.briefed(validationBriefing({ mission, run, material }, measured.proofs)),
    sources: material.sources,
    header: { assertions: assertionsOfRun(mission, run), ...servers.header },
    tools: (research) =>
      toolsFor(run, {
        files,
        session,
        redactor,
        servers,
        research,
        evidence: host.artifacts,
        publish: publishBroadcast(claimed),
        conclude: {
          report_validation: async (report, { turn }) => {
            await submitReport(claimed, { site, measured, report, turn });
            return undefined;
          },
        },
      }),
    researchTools: toolsFor({ role: 'researcher', task: 'research' }, { files, redactor, servers }),
  });
}

async function submitReport(
  claimed: ClaimedRun,
  said: {
    readonly site: ProofSite;
    readonly measured: Measured;
    readonly report: ReportClaim;
    readonly turn: number;
  },
): Promise<void> {
  const { site, measured, report, turn } = said;
  const facts = await factsOf(claimed.host.store, claimed.run.id);
  const results = facts.flatMap((fact) => (fact.type === 'ToolResultsRecorded' ? fact.data.results : []));
  await claimed.conclude(turn, {
    kind: 'validated',
    targetSha: site.sha,
    proofs: [...measured.proofs],
    checks: [...measured.checks],
    report: { ...report, findings: [...measured.findings, ...report.findings] },
    captured: [...evidenceOf(results)],
  });
}

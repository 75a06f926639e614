import { commitFileView, toolsFor, type Conclusions } from '@missions/agent-tools';
import { withRunServers, type RunServers } from '@missions/agent-tools/mcp';
import {
  converseBriefing,
  materialOfRun,
  openMissionStore,
  performAgentRun,
  planBriefing,
  publishBroadcast,
  scopeBriefing,
  transcriptOf,
  triageBriefing,
  type BriefingSubject,
  type ClaimedRun,
  type PerformRun,
} from '@missions/runs';
import { unsettledFindings } from '@missions/mission';
import { noMcp, type McpAccess } from '@missions/runtime';
import type { MissionRepositories } from '@missions/workspace';
import { isOrchestratorTask, prompts, type OrchestratorTask } from './prompts.ts';

const briefings: Readonly<Record<OrchestratorTask, (subject: BriefingSubject) => string>> = {
  scope: scopeBriefing,
  plan: planBriefing,
  triage: triageBriefing,
  converse: converseBriefing,
};

/** The orchestrator's own runs: they read the repository at a commit, and end in a proposal that the mission judges. */
export function performOrchestratorRun(
  repositories: MissionRepositories,
  mcp: McpAccess = noMcp,
): PerformRun {
  return (claimed) => {
    const { host, run, workSignal: signal } = claimed;
    const transcript = () => transcriptOf(host, run, run.id).load();
    return withRunServers({ mcp, run, host, transcript, signal }, performWith(repositories, claimed));
  };
}

function performWith(
  repositories: MissionRepositories,
  claimed: ClaimedRun,
): (servers: RunServers) => Promise<void> {
  return async (servers) => {
    const { run, mission, host, workSignal } = claimed;
    if (!isOrchestratorTask(run.task)) throw new Error(`The orchestrator has no task ${run.task}.`);
    const store = await openMissionStore({ repositories, artifacts: host.artifacts }, mission, workSignal);
    const sha = run.fromSha ?? store.baseSha;
    const files = commitFileView(store, sha);
    const material = await materialOfRun(claimed, { source: store, sha });
    const { redactor } = host;
    await performAgentRun(claimed, {
      system: prompts[run.task],
      briefing: servers.briefed(briefings[run.task]({ mission, run, material })),
      sources: material.sources,
      header: { ...headerOf(claimed), ...servers.header },
      tools: (research) =>
        toolsFor(run, {
          files,
          redactor,
          servers,
          research,
          publish: publishBroadcast(claimed),
          conclude: conclusionsOf(claimed),
        }),
      researchTools: toolsFor({ role: 'researcher', task: 'research' }, { files, redactor, servers }),
    });
  };
}

function headerOf({ mission, run }: ClaimedRun): Readonly<Record<string, unknown>> {
  if (run.task !== 'triage') return {};
  return { findings: unsettledFindings(mission, run.subject.milestone ?? '').map(({ id }) => id) };
}

/** Every task of the orchestrator ends by the input of its closing tool, as it is: the mission accepts or refuses it. */
function conclusionsOf(claimed: ClaimedRun): Partial<Conclusions> {
  return {
    ask: async (input, { turn }) => {
      await claimed.conclude(turn, { kind: 'asked', ...input });
      return undefined;
    },
    propose_plan: async (input, { turn }) => {
      await claimed.conclude(turn, { kind: 'proposed', ...input });
      return undefined;
    },
    settle_findings: async (input, { turn }) => {
      await claimed.conclude(turn, { kind: 'settled', ...input });
      return undefined;
    },
    reply: async (input, { turn }) => {
      await claimed.conclude(turn, { kind: 'replied', ...input });
      return undefined;
    },
  };
}

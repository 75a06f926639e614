import { readFileSync } from 'node:fs';
import { sessionFileView, toolsFor, type ToolParts } from '@missions/agent-tools';
import { withRunServers, type RunServers } from '@missions/agent-tools/mcp';
import {
  buildBriefing,
  materialOfRun,
  negotiateForAgent,
  performAgentRun,
  publishBroadcast,
  transcriptOf,
  type AgentWork,
  type ClaimedRun,
  type PerformRun,
} from '@missions/runs';
import { noMcp, type McpAccess, type OpenSurroundings } from '@missions/runtime';
import { externalBuildOf, type ExternalAgentSettings, type ExternalBuild } from './external-build.ts';
import { FeatureWorkspace } from './feature-workspace.ts';
import { handOff } from './hand-off.ts';

const system = readFileSync(new URL('../prompts/build.md', import.meta.url), 'utf8').trim();

/** One worker, one feature, one run: a workspace from the last accepted commit, an agent in a sandbox, a commit, a handoff. */
export function buildFeature(
  surroundings: OpenSurroundings,
  settings: ExternalAgentSettings,
  mcp: McpAccess = noMcp,
): PerformRun {
  return async (claimed) => {
    const place = await surroundings(claimed.mission.id);
    try {
      const external = externalBuildOf(claimed, settings);
      const workspace = await FeatureWorkspace.open(claimed, place, external?.needs);
      if (!workspace) return;
      await withTools(claimed, { workspace, external, mcp: external ? noMcp : mcp }).finally(() =>
        workspace.close(),
      );
    } finally {
      await place.release();
    }
  };
}

interface BuildParts {
  readonly workspace: FeatureWorkspace;
  readonly external: ExternalBuild | undefined;
}

function withTools(claimed: ClaimedRun, parts: BuildParts & { readonly mcp: McpAccess }): Promise<void> {
  const { host, run, workSignal: signal } = claimed;
  const { session } = parts.workspace;
  const transcript = () => transcriptOf(host, run, run.id).load();
  return withRunServers({ mcp: parts.mcp, run, host, session, transcript, signal }, (servers) =>
    build(claimed, { ...parts, servers }),
  );
}

async function build(
  claimed: ClaimedRun,
  parts: BuildParts & { readonly servers: RunServers },
): Promise<void> {
  const { mission, run, host } = claimed;
  const { workspace, external, servers } = parts;
  const { session, repository, baseSha } = workspace;
  const { redactor } = host;
  const files = sessionFileView(session);
  const feature = mission.features[run.subject.feature ?? '']?.definition;
  const material = await materialOfRun(claimed, { source: repository, sha: baseSha });
  const work: AgentWork = {
    system,
    briefing: servers.briefed(buildBriefing({ mission, run, material, start: workspace.start })),
    sources: material.sources,
    baseSha,
    header: {
      assertions: feature?.fulfils ?? [],
      findings: feature?.sourceFindingIds ?? [],
      ...servers.header,
    },
    tools: (research) => toolsOf(claimed, parts, { files, research }),
    researchTools: toolsFor({ role: 'researcher', task: 'research' }, { files, redactor, servers }),
    checkpoint: (turn) => workspace.checkpoint(turn, host.clock.now().toISOString()),
    lastCheckpoint: () => workspace.lastCheckpoint,
  };
  if (!external) await performAgentRun(claimed, work);
  else await external.drive(workspace, (agent) => performAgentRun(claimed, { ...work, ...agent }));
}

function toolsOf(
  claimed: ClaimedRun,
  { workspace, external, servers }: BuildParts & { readonly servers: RunServers },
  reading: Pick<ToolParts, 'files' | 'research'>,
): ReturnType<AgentWork['tools']> {
  const tools = toolsFor(claimed.run, {
    ...reading,
    servers,
    session: workspace.session,
    redactor: claimed.host.redactor,
    publish: publishBroadcast(claimed),
    negotiate: negotiateForAgent(claimed),
    conclude: {
      hand_off: async (claim, context) => {
        await handOff(claimed, workspace, claim, context);
        return undefined;
      },
    },
  });
  // An agent that is not ours brings tools of its own.
  return external ? tools.filter(({ effect }) => effect === 'closing') : tools;
}

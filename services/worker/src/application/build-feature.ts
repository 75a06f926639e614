import { readFileSync } from 'node:fs';
import { sessionFileView, toolsFor } from '@missions/agent-tools';
import {
  buildBriefing,
  materialOfRun,
  performAgentRun,
  publishBroadcast,
  type AgentWork,
  type ClaimedRun,
  type PerformRun,
} from '@missions/runs';
import type { OpenSurroundings } from '@missions/runtime';
import { externalBuildOf, type ExternalAgentSettings, type ExternalBuild } from './external-build.ts';
import { FeatureWorkspace } from './feature-workspace.ts';
import { handOff } from './hand-off.ts';

const system = readFileSync(new URL('../prompts/build.md', import.meta.url), 'utf8').trim();

/** One worker, one feature, one run: a workspace from the last accepted commit, an agent in a sandbox, a commit, a handoff. */
export function buildFeature(surroundings: OpenSurroundings, settings: ExternalAgentSettings): PerformRun {
  return async (claimed) => {
    const place = await surroundings(claimed.mission.id);
    try {
      const external = externalBuildOf(claimed, settings);
      const workspace = await FeatureWorkspace.open(claimed, place, external?.needs);
      await build(claimed, workspace, external).finally(() => workspace.close());
    } finally {
      await place.release();
    }
  };
}

async function build(
  claimed: ClaimedRun,
  workspace: FeatureWorkspace,
  external: ExternalBuild | undefined,
): Promise<void> {
  const { mission, run, host } = claimed;
  const { session, repository, baseSha } = workspace;
  const { redactor } = host;
  const files = sessionFileView(session);
  const feature = mission.features[run.subject.feature ?? '']?.definition;
  const material = await materialOfRun(claimed, { source: repository, sha: baseSha });
  const work: AgentWork = {
    system,
    briefing: buildBriefing({ mission, run, material }),
    sources: material.sources,
    header: { assertions: feature?.fulfils ?? [], findings: feature?.sourceFindingIds ?? [] },
    tools: (research) => {
      const tools = toolsFor(run, {
        files,
        session,
        redactor,
        research,
        publish: publishBroadcast(claimed),
        conclude: {
          hand_off: async (claim, context) => {
            await handOff(claimed, workspace, claim, context);
            return undefined;
          },
        },
      });
      // An agent that is not ours brings tools of its own.
      return external ? tools.filter(({ effect }) => effect === 'closing') : tools;
    },
    researchTools: toolsFor({ role: 'researcher', task: 'research' }, { files, redactor }),
    checkpoint: (turn) => workspace.checkpoint(turn, host.clock.now().toISOString()),
    lastCheckpoint: () => workspace.lastCheckpoint,
  };
  if (!external) await performAgentRun(claimed, work);
  else await external.drive(workspace, (agent) => performAgentRun(claimed, { ...work, ...agent }));
}

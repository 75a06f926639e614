import { readFileSync } from 'node:fs';
import { sessionFileView, toolsFor } from '@missions/agent-tools';
import {
  buildBriefing,
  performAgentRun,
  publishBroadcast,
  type ClaimedRun,
  type PerformRun,
} from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import { FeatureWorkspace } from './feature-workspace.ts';
import { handOff } from './hand-off.ts';

const system = readFileSync(new URL('../prompts/build.md', import.meta.url), 'utf8').trim();

/** One worker, one feature, one run: a workspace from the last accepted commit, an agent in a sandbox, a commit, a handoff. */
export function buildFeature(surroundings: () => Promise<Surroundings>): PerformRun {
  return async (claimed) => {
    const workspace = await FeatureWorkspace.open(claimed, await surroundings());
    try {
      await build(claimed, workspace);
    } finally {
      await workspace.close();
    }
  };
}

async function build(claimed: ClaimedRun, workspace: FeatureWorkspace): Promise<void> {
  const { mission, run, host } = claimed;
  const { session } = workspace;
  const { redactor } = host;
  const files = sessionFileView(session);
  const feature = mission.features[run.subject.feature ?? '']?.definition;
  await performAgentRun(claimed, {
    system,
    briefing: buildBriefing({ mission, run, at: host.clock.now() }),
    header: { assertions: feature?.fulfils ?? [], findings: feature?.sourceFindingIds ?? [] },
    tools: (research) =>
      toolsFor(run, {
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
      }),
    researchTools: toolsFor({ role: 'researcher', task: 'research' }, { files, redactor }),
    checkpoint: (turn) => workspace.checkpoint(turn, host.clock.now().toISOString()),
    lastCheckpoint: () => workspace.lastCheckpoint,
  });
}

import { readTranscript } from '@missions/agent';
import {
  AcpAgent,
  defaultExternalAgentLimits,
  ExecAgent,
  formerWork,
  ModelSpend,
  type ExternalAgent,
  type ExternalAgentParts,
} from '@missions/external-agents';
import { runStream } from '@missions/mission';
import {
  externalAgentOf,
  free,
  type ExternalAgentProvider,
  type Prices,
  type Providers,
} from '@missions/models';
import type { AgentWork, ClaimedRun } from '@missions/runs';
import type { FeatureWorkspace, SessionNeeds } from './feature-workspace.ts';

export interface ExternalAgentSettings {
  readonly providers: Providers;
  readonly prices: Prices;
  /** How long an agent may be silent. */
  readonly stallMs: number;
}

/** A build run that an agent that is not ours drives, in the same workspace and to the same handoff. */
export interface ExternalBuild {
  readonly needs: SessionNeeds;
  /** Performs the run with the agent in place of a model, and ends the agent with it. */
  readonly drive: (
    workspace: FeatureWorkspace,
    perform: (agent: Pick<AgentWork, 'agent' | 'limits'>) => Promise<unknown>,
  ) => Promise<void>;
}

/** How often the same result may be refused before the run fails. */
const maxRefusals = 3;

/** Undefined when the role's model is a model. Refused as `CONFIG` when the configuration names neither. */
export function externalBuildOf(
  claimed: ClaimedRun,
  settings: ExternalAgentSettings,
): ExternalBuild | undefined {
  const use = claimed.host.modelChoice(claimed.run.role)?.use;
  const provider = use === undefined ? undefined : externalAgentOf(use, settings.providers);
  if (use === undefined || !provider) return undefined;
  const { host } = claimed;
  const spend = new ModelSpend({ priceOf: (model) => settings.prices[model], clock: host.clock });
  const { models, mounts } = provider;
  return {
    needs: {
      mounts,
      endsItself: true,
      egress: { models, admitModelCall: spend.admit, onModelCall: spend.over },
    },
    drive: async (workspace, perform) => {
      const facts = await readTranscript(await host.store.read(runStream(claimed.run.id)), host.artifacts);
      let agent: ExternalAgent | undefined;
      try {
        await perform({
          limits: { maxRefusedTurns: maxRefusals, maxSameTurns: maxRefusals },
          agent: ({ transcript, budget }) => {
            spend.book({
              budget,
              record: (calls) => {
                transcript.append(calls).catch((error: unknown) => {
                  host.log.warn(
                    { err: error, runId: claimed.run.id },
                    'A call of an agent’s model was not booked',
                  );
                });
              },
            });
            agent = agentOf(provider, {
              ...partsOf(claimed, workspace, settings),
              use,
              command: provider.command,
              env: provider.env,
              record: (said) => transcript.append(said),
              former: formerWork(facts),
              ...(models.length > 0 && { spend }),
            });
            // What it spends is booked call by call, where it can be seen at all.
            return { model: agent, price: models.length > 0 ? free : undefined };
          },
        });
      } finally {
        await agent?.close();
      }
    },
  };
}

function agentOf(provider: ExternalAgentProvider, parts: ExternalAgentParts): ExternalAgent {
  return provider.kind === 'acp' ? new AcpAgent(parts) : new ExecAgent(parts, provider.resultOptional);
}

function partsOf(
  { host, held }: ClaimedRun,
  workspace: FeatureWorkspace,
  { stallMs }: ExternalAgentSettings,
): Pick<ExternalAgentParts, 'session' | 'redactor' | 'clock' | 'checkpoint' | 'show' | 'limits'> {
  return {
    session: workspace.session,
    redactor: host.redactor,
    clock: host.clock,
    checkpoint: (turn) => workspace.checkpoint(turn, host.clock.now().toISOString()),
    show: (line) => {
      held.show({ lastLine: line.replace(/\s+/g, ' ').slice(0, 120) });
    },
    limits: { ...defaultExternalAgentLimits, stallMs },
  };
}

import { readTranscript } from '@missions/agent';
import {
  AcpAgent,
  defaultExternalAgentLimits,
  ExecAgent,
  formerWork,
  ModelSpend,
  type ExternalAgent,
  type ExternalAgentParts,
  type FormerWork,
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
  const { prices, stallMs } = settings;
  const spend = new ModelSpend({ priceOf: (model) => prices[model], clock: claimed.host.clock });
  const { models, mounts } = provider;
  return {
    needs: {
      mounts,
      endsItself: true,
      egress: { models, admitModelCall: spend.admit, onModelCall: spend.over },
    },
    drive: (workspace, perform) => drive({ claimed, use, provider, spend, stallMs, workspace }, perform),
  };
}

interface Drive {
  readonly claimed: ClaimedRun;
  readonly use: string;
  readonly provider: ExternalAgentProvider;
  readonly spend: ModelSpend;
  readonly stallMs: number;
  readonly workspace: FeatureWorkspace;
}

async function drive(driven: Drive, perform: Parameters<ExternalBuild['drive']>[1]): Promise<void> {
  const { host, run } = driven.claimed;
  const facts = await readTranscript(await host.store.read(runStream(run.id)), host.artifacts);
  let agent: ExternalAgent | undefined;
  try {
    await perform({
      limits: { maxRefusedTurns: maxRefusals, maxSameTurns: maxRefusals },
      agent: (ledger) => {
        const isBooked = driven.provider.models.length > 0;
        agent = agentOf(driven.provider, partsOf(driven, ledger, formerWork(facts)));
        // What it spends is booked call by call, where it can be seen at all.
        return { model: agent, price: isBooked ? free : undefined };
      },
    });
  } finally {
    await agent?.close();
  }
}

function partsOf(
  { claimed, use, provider, spend, stallMs, workspace }: Drive,
  { transcript, budget }: Parameters<NonNullable<AgentWork['agent']>>[0],
  former: FormerWork | undefined,
): ExternalAgentParts {
  const { host, held, run } = claimed;
  const record: ExternalAgentParts['record'] = (facts) => transcript.append(facts);
  spend.book({
    budget,
    record,
    onUnbooked: (error) => {
      host.log.warn({ err: error, runId: run.id }, 'A call of an agent’s model was not booked');
    },
  });
  return {
    use,
    command: provider.command,
    env: provider.env,
    session: workspace.session,
    redactor: host.redactor,
    clock: host.clock,
    record,
    checkpoint: (turn) => workspace.checkpoint(turn, host.clock.now().toISOString()),
    former,
    ...(provider.models.length > 0 && { spend }),
    show: (line) => {
      held.show({ lastLine: line.replace(/\s+/g, ' ').slice(0, 120) });
    },
    limits: {
      ...defaultExternalAgentLimits,
      stallMs,
      stopGraceMs: Math.min(defaultExternalAgentLimits.stopGraceMs, host.limits.pauseGraceMs),
    },
  };
}

function agentOf(provider: ExternalAgentProvider, parts: ExternalAgentParts): ExternalAgent {
  return provider.kind === 'acp' ? new AcpAgent(parts) : new ExecAgent(parts, provider.resultOptional);
}

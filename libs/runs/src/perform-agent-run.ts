import { createHash } from 'node:crypto';
import {
  SliceBudget,
  StopRun,
  runAgent,
  type AnyTool,
  type BudgetMeter,
  type Progress,
  type Research,
  type RunLimits,
  type RunOutcome,
  type Steering,
  type SteeringMessage,
  type Transcript,
} from '@missions/agent';
import {
  isGivenBack,
  isMoneyLimited,
  pendingMessages,
  minutesAllowed,
  turnsAllowed,
  type Checkpoint,
  type MessageState,
  type RunState,
} from '@missions/mission';
import { withRunHeader } from '@missions/models';
import type { ClaimedRun } from './claimed-run.ts';
import type { ContextSource } from './context/index.ts';
import { endStopped } from './drive-run.ts';
import { researchFor } from './research.ts';
import type { RunProgress } from './run-desk.ts';
import type { RoleModel } from './run-host.ts';
import { transcriptOf } from './transcripts.ts';
import { TurnPace } from './turn-pace.ts';

/** What a role adds to a run that a model drives. */
export interface AgentWork {
  readonly system: string;
  /** The text behind the fenced header of the first user message. */
  readonly briefing: string;
  /** Files of the repository that the briefing tells of, by digest. */
  readonly sources?: readonly ContextSource[];
  /** The commit that the run's workspace is laid out on. */
  readonly baseSha?: string;
  /** The tools of the task; `research` is there for those that are offered helpers. */
  readonly tools: (research: Research) => readonly AnyTool[];
  /** What a helper may use: read-only. */
  readonly researchTools: readonly AnyTool[];
  /** Further fields of the header: assertions, findings. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Keeps the workspace after a turn that wrote; the newest one is what an early end hands on. */
  readonly checkpoint?: (turn: number) => Promise<Checkpoint | undefined>;
  readonly lastCheckpoint?: () => Checkpoint | undefined;
  /** Who answers in place of the role's model: an agent that is not ours. It writes to the transcript only while it answers. */
  readonly agent?: (parts: { readonly transcript: Transcript; readonly budget: BudgetMeter }) => RoleModel;
  readonly limits?: Partial<RunLimits>;
  /** What is left to the run where its engine has spent of it already; all that it has where absent. */
  readonly budget?: BudgetMeter;
}

/** Drives the model until the run closes or this holder lets go of it, and tells the mission how it ended. */
export async function performAgentRun(claimed: ClaimedRun, work: AgentWork): Promise<RunOutcome> {
  const { host, run } = claimed;
  const budget = work.budget ?? (await budgetOf(claimed));
  const transcript = transcriptOf(host, run, run.id);
  const { model, price } = work.agent?.({ transcript, budget }) ?? (await host.modelFor(run.role));
  let turn = 0;
  const pace = new TurnPace();
  const outcome = await runAgent({
    run: { id: run.id, token: run.token, holder: host.holder },
    transcript,
    model,
    price,
    system: work.system,
    firstMessage: withRunHeader(headerOf(claimed, work), work.briefing),
    sources: work.sources,
    baseSha: work.baseSha,
    tools: work.tools(researchFor(claimed, { tools: work.researchTools, budget })),
    limits: limitsOf(claimed, work),
    budget,
    steering: steeringOf(claimed, () => turn),
    redactor: host.redactor,
    clock: host.clock,
    signal: claimed.signal,
    pauseSignal: claimed.pauseSignal,
    ...(work.checkpoint && { checkpoint: work.checkpoint }),
    onProgress: (progress) => {
      turn = progress.turn;
      pace.at(turn, performance.now());
      const { turnEndsAtMs } = pace;
      if (turnEndsAtMs !== undefined) claimed.held.foresee({ turnEndsAtMs });
      claimed.held.show(shown(progress));
    },
    killPoint: (name) => {
      host.killPoint(`run.${run.task}.${name}`);
    },
  });
  await tellOutcome(claimed, outcome, work);
  return outcome;
}

function limitsOf({ host, mission, run }: ClaimedRun, work: AgentWork): RunLimits {
  const minutes = minutesAllowed(mission, run);
  return {
    maxTurns: turnsAllowed(mission, run),
    ...(minutes !== undefined && { maxWallClockMs: minutes * 60_000 }),
    maxTokens: host.limits.maxTokensPerTurn,
    pauseGraceMs: host.limits.pauseGraceMs,
    ...work.limits,
  };
}

/** The run's slice of the mission's budget, less what it has spent under earlier holders. */
export async function budgetOf(claimed: ClaimedRun): Promise<SliceBudget> {
  const { run, mission } = claimed;
  const budget: SliceBudget = new SliceBudget({
    sliceUsd: isMoneyLimited(mission, run) ? run.sliceUsd : undefined,
    more: (usd) => claimed.requestSlice(usd, budget.spentUsd),
  });
  budget.charge({ usd: (await claimed.usage()).costUsd });
  return budget;
}

function shown({ turn, lastToolLine, contextUsedPct, costUsd, quietMs }: Progress): RunProgress {
  return {
    turn,
    quietMs,
    ...(lastToolLine !== undefined && { lastLine: lastToolLine.slice(0, 120) }),
    ...(contextUsedPct !== undefined && { contextPct: contextUsedPct }),
    ...(costUsd !== 'unpriced' && { costUsd }),
  };
}

/**
 * The first look finds what was marked as delivered by a former holder; later ones cost nothing while nobody writes and nothing
 * was asked of others.
 */
function steeringOf(claimed: ClaimedRun, turn: () => number): () => Promise<Steering> {
  let steered = false;
  return async () => {
    // To hand over is to stop where a pause would, without its limit of grace: the turn may take its time.
    const wanted = ['pause', 'hand_over'].includes(claimed.held.wanted) ? 'pause' : 'go';
    const listen = !steered || claimed.held.pendingMessages > 0 || claimed.hasAsked;
    steered = true;
    return { wanted, messages: listen ? await takeMessages(claimed, turn() + 1) : [] };
  };
}

function headerOf({ mission, run }: ClaimedRun, { header }: AgentWork): Record<string, unknown> {
  const { feature, milestone, round } = run.subject;
  return {
    mission: mission.id,
    role: run.role,
    task: run.task,
    ...(feature !== undefined && { feature }),
    ...(milestone !== undefined && { milestone }),
    round,
    attempt: run.attempt,
    ...header,
  };
}

/**
 * Messages are marked as delivered before they enter the transcript; a takeover finds those that were marked but not yet
 * heard, because each enters once by its id.
 */
async function takeMessages(claimed: ClaimedRun, turn: number): Promise<readonly SteeringMessage[]> {
  const { run } = claimed;
  const mission = await claimed.latest();
  const waiting = pendingMessages(mission).filter((message) => !stopsFor(message, run));
  const messageIds = waiting.map(({ id }) => id);
  if (waiting.length > 0)
    await claimed.command(`deliver/${String(run.token)}/${digestOf(messageIds)}`, {
      type: 'DeliverMessages',
      data: { runId: run.id, token: run.token, messageIds, turn },
    });
  const heard = Object.values(mission.messages).filter(({ deliveredTo }) => deliveredTo === run.id);
  const said = [...heard, ...waiting].map(({ id, text }) => ({ id, text }));
  return [...givenBackFrom(mission.runs[run.id]), ...said];
}

/** What the agent was told it has until its run ends, and has no longer. */
function givenBackFrom(run: RunState | undefined): readonly SteeringMessage[] {
  return (run?.asks ?? []).filter(isGivenBack).map(({ claimId, resource, mode, refused }) => ({
    id: `given-back/${claimId}`,
    text: `${resource} (${mode}) is not yours any more. ${refused?.detail ?? ''} Ask for it again with \`negotiate\` before you change it.`,
    by: 'engine' as const,
  }));
}

/** A message that interrupts is not heard as one that waits: the next renewal stops the run, and a conversation answers it. */
function stopsFor({ interrupt, deliveredTo }: MessageState, { task }: RunState): boolean {
  return interrupt && deliveredTo === undefined && task !== 'converse';
}

function digestOf(messageIds: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(messageIds)).digest('hex');
}

async function tellOutcome(claimed: ClaimedRun, outcome: RunOutcome, work: AgentWork): Promise<void> {
  const kept = work.lastCheckpoint?.();
  const checkpoint = kept === undefined ? {} : { checkpoint: kept };
  switch (outcome.kind) {
    case 'closed':
    case 'text':
      return;
    case 'suspended':
      await claimed.suspend(checkpoint);
      return;
    case 'interrupted':
    case 'cancelled':
      await claimed.end({ state: outcome.kind, ...checkpoint });
      return;
    case 'failed':
      await claimed.end({ state: 'failed', cause: outcome.cause, detail: outcome.detail, ...checkpoint });
      return;
    case 'released':
      if (claimed.held.stopCause !== 'lost') await endStopped(claimed, new StopRun('release'));
  }
}

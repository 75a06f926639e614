import { isRefusal } from '@missions/kernel';
import type { MissionCommand } from '../commands/index.ts';
import type { DecisionContext } from '../context.ts';
import type { MissionEvent } from '../events/index.ts';
import { handle } from '../handle.ts';
import { initialMission } from '../initial-mission.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { claimableRun, isOver, openApprovals, openQuestions, openRun, pendingMessages } from '../queries.ts';
import {
  ana,
  at,
  by,
  command,
  creation,
  decideService,
  digest,
  proposal,
  sha,
  workerAgent,
} from './mission.builders.ts';
import { contextOf } from './history.ts';
import { lockWait, randomAhead } from './random-ahead.ts';
import { randomAsk } from './random-asks.ts';
import { randomBudget, randomRaise } from './random-budget.ts';
import { RandomChoice } from './random-choice.ts';
import { randomConclusion, randomSpend } from './random-conclusions.ts';

/** One command of a walk, what it led to, and the mission around it. */
export interface Moment {
  readonly asked: Asked;
  readonly before: Mission;
  readonly after: Mission;
  readonly events: readonly MissionEvent[];
  readonly refusedWith?: string;
}

export interface Asked {
  readonly command: MissionCommand;
  readonly context: DecisionContext;
  /** The code with which this must be refused, whatever else is the case. */
  readonly mustRefuse?: readonly string[];
}

const kinds = {
  advance: 60,
  person: 14,
  trouble: 12,
  talk: 8,
  garbage: 4,
  stranger: 1,
  repeat: 3,
} as const;
type Kind = keyof typeof kinds;

/** Walks a mission of its own kind through reachable states; every number of the walk is one command. */
export function walk(seed: number, steps: readonly number[], observe: (moment: Moment) => void): Mission {
  const first: Asked = { command: randomCreation(new RandomChoice(seed)), context: by(ana) };
  let mission = initialMission;
  let last = first;
  for (const [index, step] of [0, ...steps].entries()) {
    const random = new RandomChoice(step);
    // What an ended mission refuses is soon seen.
    if (isOver(mission) && random.chance(0.7)) continue;
    const asked = index === 0 ? first : askedIn(mission, random, last);
    if (!asked) continue;
    const moment = happen(asked, mission);
    observe(moment);
    mission = moment.after;
    last = asked;
  }
  return mission;
}

/** A fault, unlike a refusal, rises: it is what the walk looks for. */
export function happen(asked: Asked, before: Mission): Moment {
  try {
    const { events, mission } = handle(asked.command, before, asked.context);
    return { asked, before, after: mission, events };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { asked, before, after: before, events: [], refusedWith: error.code };
  }
}

function randomCreation(random: RandomChoice): MissionCommand {
  const brief = random.chance(0.2) ? { brief: proposal().brief } : {};
  return creation({
    autonomy: random.mostly('supervised', ['autonomous', 'report_only'] as const),
    acceptDefaults: random.chance(0.3),
    ...(random.chance(0.3) && { integration: 'shared' as const }),
    ...brief,
    budget: randomBudget(random),
    limits: {
      scopingRounds: 1 + random.below(3),
      planRounds: 1 + random.below(3),
      fixRoundsPerMilestone: random.below(4),
      attemptsPerRun: 1 + random.below(3),
      releasesPerRun: random.below(3),
    },
  });
}

function askedIn(mission: Mission, random: RandomChoice, last: Asked): Asked | undefined {
  switch (kindOf(random)) {
    case 'advance':
      return after(plain(advance(mission, random)), random.below(5));
    case 'person':
      return plain(personal(mission, random));
    case 'trouble':
      return after(plain(trouble(mission, random)), random.below(10));
    case 'talk':
      return plain(talk(mission, random));
    case 'garbage':
      return garbage(mission, random);
    case 'stranger':
      return stranger(mission, random);
    case 'repeat':
      return { command: last.command, context: last.context };
  }
}

function kindOf(random: RandomChoice): Kind {
  let left = random.below(Object.values(kinds).reduce((sum, weight) => sum + weight, 0));
  for (const [kind, weight] of Object.entries(kinds)) {
    if (left < weight) return kind as Kind;
    left -= weight;
  }
  return 'advance';
}

function plain(asked: MissionCommand | undefined): Asked | undefined {
  return asked && { command: asked, context: contextOf(asked) };
}

/** The same, so many minutes later. */
function after(asked: Asked | undefined, min: number): Asked | undefined {
  const then = new Date(Date.parse(at) + min * 60_000);
  return asked && { ...asked, context: { ...asked.context, at: then.toISOString() } };
}

/** What brings the mission on, by whomever it waits for. */
function advance(mission: Mission, random: RandomChoice): MissionCommand | undefined {
  const run = openRun(mission);
  if (run?.status === 'running') return conclude(mission, run, random);
  const claimable = claimableRun(mission);
  if (claimable) return claim(claimable.id);
  if (run?.lock?.granted === false) return grant(run.lock.claimId);
  const question = random.pick(openQuestions(mission));
  if (question) return answer(question.question.id, random.mostly('yes', ['you decide']));
  const approval = random.pick(openApprovals(mission));
  if (approval) return decideApproval(approval.id, random);
  if (mission.block?.cause === 'budget') return randomRaise(mission, random);
  return command('ResumeMission', {});
}

function conclude(mission: Mission, run: RunState, random: RandomChoice): MissionCommand {
  const undelivered = pendingMessages(mission).map(({ id }) => id);
  if (run.task === 'converse' && undelivered.length > 0) return deliver(run, undelivered);
  const conclusion = randomConclusion(mission, run, random);
  return {
    type: 'ConcludeRun',
    data: { runId: run.id, token: run.token, conclusion, usage: randomSpend(run, random) },
  };
}

function personal(mission: Mission, random: RandomChoice): MissionCommand | undefined {
  const assertionId = random.pick(Object.keys(mission.assertions)) ?? 'VAL-NONE-001';
  const featureId = random.pick(Object.keys(mission.features)) ?? 'F-999';
  const reason = `reason ${String(random.below(2))}`;
  const approval = random.pick(Object.keys(mission.approvals)) ?? 'APR-9';
  const choices: readonly (() => MissionCommand)[] = [
    () => command('PauseMission', {}),
    () => command('PauseMission', { reason }),
    () => command('ResumeMission', {}),
    () => command('ResumeMission', {}),
    () => command('WaiveAssertion', { assertionId, reason }),
    () => command('SkipFeature', { featureId, reason }),
    () => command('RetryFeature', { featureId, reason }),
    () => decideApproval(approval, random),
    () => command('ApprovePlan', { hash: random.mostly(mission.proposal?.hash ?? 'none', ['sha256:stale']) }),
    () => command('RejectPlan', { reason }),
    () => answer(random.pick(['Q1', 'Q2', 'constructor', 'Q9']) ?? 'Q1', 'you decide'),
    () => randomRaise(mission, random),
    () => (random.chance(0.15) ? command('CancelMission', {}) : command('ResumeMission', {})),
  ];
  return random.pick(choices)?.();
}

/** What goes wrong by itself: hosts that die, locks that are not free, a person who waits. */
function trouble(mission: Mission, random: RandomChoice): MissionCommand | undefined {
  const run = openRun(mission);
  if (mission.ahead && random.chance(0.4)) return randomAhead(mission.ahead, random);
  if (run?.status !== 'running') {
    if (run && random.chance(0.2)) return alert(run, random);
    const waiting = run?.lock?.granted === false ? run.lock.claimId : undefined;
    if (waiting !== undefined) return lockWait(waiting, random);
    return random.chance(0.7)
      ? advance(mission, random)
      : command('BlockMission', { cause: 'environment', detail: 'No sandbox.', needs: 'Mend it.' });
  }
  if (run.stalled && random.chance(0.7)) return alert(run, random);
  const held = { runId: run.id, token: run.token };
  const checkpoint = { sha: sha(mission.version), bundle: digest(), turn: 1 };
  const choices: readonly (() => MissionCommand)[] = [
    () => command('ReleaseRun', { ...held, reason: random.mostly('expired', ['shutdown']) }),
    () => command('ReleaseRun', { ...held, reason: 'expired' }),
    () => command('SuspendRun', { ...held, ...(random.chance(0.5) && { checkpoint }) }),
    () => command('RequestSlice', { ...held, usd: 1 + random.below(4), spentUsd: random.below(4) }),
    () => command('CheckWallClock', held),
    () => alert(run, random),
    () => alert(run, random),
    () => randomAsk(run, random),
    () => command('BlockMission', { cause: 'lock_cycle', detail: 'A cycle.', needs: 'Resume.' }),
  ];
  return random.pick(choices)?.();
}

/** What the mission's own service sees of a run that hangs, in an order that it may or may not have. */
function alert({ id: runId, token, lock, stalled }: RunState, random: RandomChoice): MissionCommand {
  const held = { runId, token: Math.max(1, token) };
  if (stalled && random.chance(0.5))
    return command(random.mostly('RecordRecovery', ['StopStalledRun'], 0.5), held);
  const choices: readonly (() => MissionCommand)[] = [
    () => command('RecordStall', { ...held, sinceAt: at, limitMs: 1_000 }),
    () => command('RecordRecovery', held),
    () => command('StopStalledRun', held),
    () => command('FailStalledRun', held),
    () => command('RecordUnclaimed', { runId, sinceAt: at, needs: 'Start a worker.' }),
    () => command('RecordLockLoss', { claimId: lock?.claimId ?? 'none' }),
  ];
  return (random.pick(choices) ?? (() => command('RecordRecovery', held)))();
}

function talk(mission: Mission, random: RandomChoice): MissionCommand | undefined {
  const run = openRun(mission);
  const messageId = random.pick(['a', '7', 'constructor', '__proto__', 'b', 'c']) ?? 'a';
  if (run?.status !== 'running' || random.chance(0.5))
    return command('SendMessage', { messageId, text: 'Mind the docs', interrupt: random.chance(0.3) });
  if (random.chance(0.5)) return deliver(run, [messageId]);
  const supersedes = random.chance(0.3) ? { supersedes: 1 } : {};
  return command('PublishBroadcast', {
    runId: run.id,
    token: run.token,
    broadcast: { kind: 'decision', title: 'Note', body: 'So it is', ...supersedes },
  });
}

/** Whoever holds an old token, or none, changes nothing. */
function garbage(mission: Mission, random: RandomChoice): Asked {
  const run = random.pick(Object.values(mission.runs));
  const token = run?.status === 'running' ? run.token + random.mostly(-1, [1, 100]) : (run?.token ?? 0) + 1;
  const held = { runId: run?.id ?? `${mission.id}-r99`, token: Math.max(1, token) };
  const usage = randomSpend(noRun, random);
  const choices: readonly (() => MissionCommand)[] = [
    () => ({ type: 'ConcludeRun', data: { ...held, conclusion: { kind: 'asked', questions: [] }, usage } }),
    () => command('ReleaseRun', { ...held, reason: 'expired' }),
    () => command('SuspendRun', held),
    () => command('DeliverMessages', { ...held, messageIds: ['a'], turn: 1 }),
  ];
  const asked = random.pick(choices)?.() ?? command('SuspendRun', held);
  return { ...plainAsked(asked), mustRefuse: ['STALE_TOKEN', 'UNKNOWN_RUN'] };
}

const noRun = { sliceUsd: 0 } as RunState;

function plainAsked(asked: MissionCommand): Asked {
  return { command: asked, context: contextOf(asked) };
}

function stranger(mission: Mission, random: RandomChoice): Asked | undefined {
  const asked = personal(mission, random);
  const actor = random.pick([workerAgent, decideService]) ?? workerAgent;
  return asked && { command: asked, context: { actor, at }, mustRefuse: ['PERSON_REQUIRED'] };
}

export function claim(runId: string): MissionCommand {
  return command('ClaimRun', { runId, holder: 'host-1' });
}

export function grant(claimId: string): MissionCommand {
  return command('RecordLockGrant', { claimId, ledger: 'resources-local', version: 3 });
}

export function deliver({ id, token }: RunState, messageIds: string[]): MissionCommand {
  return command('DeliverMessages', { runId: id, token, messageIds, turn: 1 });
}

function answer(questionId: string, value: string): MissionCommand {
  return command('AnswerQuestion', { questionId, value });
}

function decideApproval(approvalId: string, random: RandomChoice): MissionCommand {
  return command('DecideApproval', { approvalId, decision: random.mostly('approved', ['rejected']) });
}

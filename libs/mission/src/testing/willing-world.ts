import { generousRaise } from './random-budget.ts';
import type { MissionCommand } from '../commands/index.ts';
import type { FindingSource } from '../finding.ts';
import type { Mission } from '../mission.state.ts';
import { claimableRun, isOver, openApprovals, openQuestions, openRun, pendingMessages } from '../queries.ts';
import type { SettlementChoice } from '../settlement.ts';
import { handedOff, goodConclusion, settled, validated } from './conclusions.ts';
import { contextOf } from './history.ts';
import { command, oneTurn, proposal, sha } from './mission.builders.ts';
import { claim, deliver, grant, happen, type Moment } from './random-world.ts';

/**
 * From here on everybody is willing: people answer and approve, runs do their work well, proofs pass.
 * A mission that cannot be completed in such a world was stuck before.
 */
export function finish(from: Mission, limit: number, observe: (moment: Moment) => void): Mission {
  let mission = from;
  for (let step = 0; step < limit && !isOver(mission); step += 1) {
    const moment = firstAccepted(mission);
    if (!moment) return mission;
    observe(moment);
    mission = moment.after;
  }
  return mission;
}

function firstAccepted(mission: Mission): Moment | undefined {
  for (const asked of willingCommands(mission)) {
    const moment = happen({ command: asked, context: contextOf(asked) }, mission);
    if (moment.events.length > 0) return moment;
  }
  return undefined;
}

/** What somebody would do now, best first. */
function willingCommands(mission: Mission): readonly MissionCommand[] {
  const run = openRun(mission);
  if (run?.status === 'running') return [conclusionOf(mission)];
  const claimable = claimableRun(mission);
  if (claimable) return [claim(claimable.id)];
  if (mission.status === 'paused') return [command('ResumeMission', {})];
  const waiting = run?.lock?.granted === false ? [grant(run.lock.claimId)] : [];
  return [
    ...(mission.status === 'blocked' ? [] : waiting),
    ...openQuestions(mission).map(({ question }) =>
      command('AnswerQuestion', { questionId: question.id, value: 'yes' }),
    ),
    ...openApprovals(mission).flatMap(({ id: approvalId }) => [
      command('DecideApproval', { approvalId, decision: 'approved' }),
      command('DecideApproval', { approvalId, decision: 'rejected' }),
    ]),
    ...unblocking(mission),
    ...waiting,
  ];
}

function conclusionOf(mission: Mission): MissionCommand {
  const run = openRun(mission);
  if (!run) throw new Error('No run is open.');
  const undelivered = pendingMessages(mission).map(({ id }) => id);
  if (run.task === 'converse' && undelivered.length > 0) return deliver(run, undelivered);
  const usage = { ...oneTurn, costUsd: run.sliceUsd / 100 };
  // Without what it shares a run may not end well: its holder stops it, and it asks again.
  const conclusion =
    run.stopOrdered === 'lock_lost' ? ({ kind: 'ended', state: 'interrupted' } as const) : good(mission);
  return { type: 'ConcludeRun', data: { runId: run.id, token: run.token, conclusion, usage } };
}

function good(mission: Mission): ReturnType<typeof goodConclusion> {
  switch (openRun(mission)?.task) {
    case 'plan':
      return proposal();
    case 'build':
      return handedOff(mission, { captured: { headSha: sha(mission.version + 100_000) } });
    case 'validate':
      return validated(mission);
    case 'triage':
      return settled(mission, choicesFor(mission));
    default:
      return goodConclusion(mission);
  }
}

const choiceFor: Readonly<Record<FindingSource, SettlementChoice>> = {
  failed_verdict: 'fix_now',
  inconclusive_verdict: 'waive',
  engine: 'fix_now',
  validator: 'dismiss',
  discovered_issue: 'dismiss',
  left_undone: 'dismiss',
};

/** What failed is fixed; what could not be measured is left to a person; the rest was not a problem. */
function choicesFor(mission: Mission): Parameters<typeof settled>[1] {
  return Object.fromEntries(Object.values(mission.findings).map(({ id, source }) => [id, choiceFor[source]]));
}

function unblocking(mission: Mission): readonly MissionCommand[] {
  const { block } = mission;
  if (!block) return [];
  const raised = block.cause === 'budget' ? generousRaise(mission) : undefined;
  const skipped = Object.values(mission.features).find(({ status }) => status === 'skipped');
  const featureId = skipped?.definition.id ?? '';
  return [
    ...(raised ? [raised] : []),
    // Without any work there is nothing to complete, so somebody wants a skipped feature after all.
    ...(block.detail.includes('no commit beyond the base') && skipped
      ? [command('RetryFeature', { featureId, reason: 'wanted after all' })]
      : []),
    command('ResumeMission', {}),
  ];
}

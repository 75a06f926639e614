import { fact, type MissionEvent } from '../events/index.ts';
import { releasedLock } from '../decide/deciding.ts';
import { isTimeUp, outOfBudget, warnings } from '../budget/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import {
  currentMilestone,
  isSettledAt,
  lastMilestone,
  openApprovals,
  openRun,
  pendingMessages,
} from '../queries.ts';
import type { BlockCause } from '../run.ts';
import { adjustAhead } from './ahead.ts';
import { delegate, relock } from './delegation.ts';
import { nextInMilestone, startValidation } from './next-milestone.ts';
import { nextApproval, nextScoping } from './next-scoping.ts';

/** What follows from the mission as it stands, by policy alone. */
export function next(mission: Mission): readonly MissionEvent[] {
  const events = nextStep(mission);
  return events.length > 0 ? events : adjustAhead(mission);
}

/** No work follows while a run is open: work is strictly serial. */
function nextStep(mission: Mission): readonly MissionEvent[] {
  const warned = warnings(mission);
  if (warned.length > 0) return warned;
  const run = openRun(mission);
  if (run) return isAtWork(mission) ? whileOpen(mission, run) : [];
  switch (mission.status) {
    case 'scoping':
      return first(outOfBudget, converse, nextScoping)(mission);
    case 'awaiting_approval':
      return first(nextApproval, converse)(mission);
    case 'running':
      return first(outOfBudget, converse, awaitApproval, nextWork)(mission);
    case 'blocked':
      return mission.block && speechless.includes(mission.block.cause) ? [] : converse(mission);
    case 'draft':
    case 'paused':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return [];
  }
}

/** A run that nobody holds waits for its locks, and for more time when that is used up. */
function whileOpen(mission: Mission, run: RunState): readonly MissionEvent[] {
  if (run.status === 'running') return [];
  if (!isTimeUp(mission)) return relock(mission, run);
  return [...outOfBudget(mission), ...releasedLock(run)];
}

function isAtWork({ status }: Mission): boolean {
  return status === 'scoping' || status === 'awaiting_approval' || status === 'running';
}

/** Causes that keep every model from answering, so that messages wait until a person has settled them. */
const speechless: readonly BlockCause[] = ['budget', 'auth', 'rate_limit'];

type Policy = (mission: Mission) => readonly MissionEvent[];

function first(...policies: readonly Policy[]): Policy {
  return (mission) => {
    for (const policy of policies) {
      const events = policy(mission);
      if (events.length > 0) return events;
    }
    return [];
  };
}

/** Every message is answered: with no run open that could take it in, a conversation is delegated. */
function converse(mission: Mission): readonly MissionEvent[] {
  if (pendingMessages(mission).length === 0) return [];
  const answered = Object.values(mission.messages).filter(({ answeredBy }) => answeredBy).length;
  const failures = Object.values(mission.runs)
    .slice(mission.runsForgiven)
    .filter(
      ({ task, status, subject }) =>
        task === 'converse' && status === 'failed' && subject.round === answered + 1,
    ).length;
  if (failures >= mission.limits.attemptsPerRun) return [];
  return delegate(mission, {
    role: 'orchestrator',
    task: 'converse',
    subject: { round: answered + 1 },
    ...(mission.head && { fromSha: mission.head.sha }),
  });
}

function awaitApproval(mission: Mission): readonly MissionEvent[] {
  const open = openApprovals(mission);
  if (open.length === 0) return [];
  return [
    fact('MissionBlocked', {
      cause: 'approval',
      detail: open
        .map(({ id, kind, summary }) => `${id} (${kind}): ${summary}`)
        .join('; ')
        .slice(0, 4000),
      needs: 'Decide: `missions approvals`, then `missions decide APPROVAL yes|no`.',
    }),
  ];
}

function nextWork(mission: Mission): readonly MissionEvent[] {
  const milestone = currentMilestone(mission);
  if (milestone) return nextInMilestone(mission, milestone);
  const last = lastMilestone(mission);
  if (!last) return [];
  const head = mission.head?.sha;
  const unproven = Object.values(mission.assertions).some((assertion) => !isSettledAt(assertion, head));
  if (!last.final || last.passedSha !== head || unproven) return [startValidation(mission, last, true)];
  return [complete(mission, head)];
}

/** Honest completion: every assertion proven at the final commit or waived, real commits, and an agent that took part. */
function complete(mission: Mission, head: string | undefined): MissionEvent {
  const open = Object.values(mission.assertions).filter((assertion) => !isSettledAt(assertion, head));
  const missing = [
    ...open.map(({ definition }) => `${definition.id} is not proven at the final commit`),
    ...(head === undefined || head === mission.repository?.baseSha
      ? ['there is no commit beyond the base']
      : []),
    ...(mission.usage.turns === 0 ? ['no agent took a turn'] : []),
  ];
  if (missing.length === 0 && head !== undefined) return fact('MissionCompleted', { headSha: head });
  return fact('MissionBlocked', {
    cause: 'unknown',
    detail: `The mission cannot be called completed: ${missing.join('; ')}.`.slice(0, 4000),
    needs: 'Read `missions contract`, then message the orchestrator or cancel.',
  });
}

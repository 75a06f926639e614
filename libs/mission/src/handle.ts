import { toFinish } from './budget/index.ts';
import type { MissionCommand } from './commands/index.ts';
import type { DecisionContext } from './context.ts';
import { decide } from './decide/index.ts';
import type { MissionEvent } from './events/index.ts';
import { evolve } from './evolve/index.ts';
import type { Mission } from './mission.state.ts';
import { next } from './next/index.ts';

/** More consecutive consequences than any mission can have; reaching it means that a policy goes round in circles. */
const maxConsequences = 200;

/** One command and everything that follows from it by policy, as one append: the facts and the mission after them. */
export function handle(
  command: MissionCommand,
  mission: Mission,
  context: DecisionContext,
): { readonly events: readonly MissionEvent[]; readonly mission: Mission } {
  const events: MissionEvent[] = [];
  let state = mission;
  const record = (facts: readonly MissionEvent[]): void => {
    for (const one of facts) {
      const event = withCostToFinish(one, state);
      events.push(event);
      state = evolve(state, event);
    }
  };
  record(decide(command, mission, context));
  if (events.length === 0) return { events, mission };
  for (let rounds = 0; rounds < maxConsequences; rounds += 1) {
    const consequences = next(state).map((event) => withoutExpired(event, state, context.at));
    if (consequences.length === 0) return { events, mission: state };
    record(consequences);
  }
  throw new Error(`Mission ${mission.id}: the policies never came to rest after ${command.type}.`);
}

/** The policies know no clock: which broadcasts have expired by now is seen here. */
function withoutExpired(event: MissionEvent, { broadcasts }: Mission, at: string): MissionEvent {
  if (event.type !== 'RunDelegated') return event;
  const broadcastVersions = event.data.broadcastVersions.filter((version) => {
    const expiresAt = broadcasts.find((other) => other.version === version)?.broadcast.expiresAt;
    return expiresAt === undefined || Date.parse(expiresAt) > Date.parse(at);
  });
  return { ...event, data: { ...event.data, broadcastVersions } };
}

/** Whoever is asked for more is told for what, by everything that is settled up to here. */
function withCostToFinish(event: MissionEvent, mission: Mission): MissionEvent {
  if (event.type !== 'MissionBlocked' || event.data.cause !== 'budget') return event;
  return { ...event, data: { ...event.data, toFinish: toFinish(mission) } };
}

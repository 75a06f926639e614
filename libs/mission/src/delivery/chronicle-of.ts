import { isMissionEventType } from '../events/index.ts';
import { evolve } from '../evolve/index.ts';
import { initialMission } from '../initial-mission.ts';
import type { Chronicle, RecordedFact } from './chronicle.ts';
import { takenUp } from './took-place.ts';

const nothing: Chronicle = {
  mission: initialMission,
  baselines: {},
  verdicts: [],
  reports: [],
  commits: [],
  rollBacks: [],
  amended: {},
  raised: {},
  settled: {},
  waived: {},
  lastAt: '',
};

/** Tells a mission from its facts, oldest first and without a gap; the same facts always give the same chronicle. */
export function chronicleOf(facts: Iterable<RecordedFact>): Chronicle {
  let chronicle = nothing;
  for (const fact of facts) chronicle = told(chronicle, fact);
  return chronicle;
}

function told(before: Chronicle, fact: RecordedFact): Chronicle {
  const { type, data, version, occurredAt } = fact;
  const mission = evolve(before.mission, fact);
  const moment = { seq: version, at: occurredAt };
  const taken = isMissionEventType(type) ? takenUp(before, { type, data, moment }) : {};
  return { ...before, ...taken, mission, lastAt: occurredAt };
}

import type { Fact } from '@missions/kernel';
import { isMissionEventType, type MissionEvent } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { askEvolvers } from './ask.evolve.ts';
import { livenessEvolvers } from './liveness.evolve.ts';
import { missionEvolvers } from './mission.evolve.ts';
import { planningEvolvers } from './planning.evolve.ts';
import { runEvolvers } from './run.evolve.ts';
import { validationEvolvers } from './validation.evolve.ts';
import { workEvolvers } from './work.evolve.ts';

const evolvers = {
  ...missionEvolvers,
  ...planningEvolvers,
  ...runEvolvers,
  ...livenessEvolvers,
  ...askEvolvers,
  ...workEvolvers,
  ...validationEvolvers,
} satisfies { [Type in MissionEvent['type']]: unknown };

/** Folds one fact into the mission. Total: an unknown type counts as a version and changes nothing else. */
export function evolve(mission: Mission, event: Fact): Mission {
  const counted = { ...mission, version: mission.version + 1 };
  if (!isMissionEventType(event.type)) return counted;
  const change = evolvers[event.type] as (mission: Mission, data: unknown) => Mission;
  return change(counted, event.data);
}

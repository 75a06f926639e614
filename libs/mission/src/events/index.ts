import type { Fact } from '@missions/kernel';
import type { z } from 'zod';
import { askEvents } from './ask.events.ts';
import { livenessEvents } from './liveness.events.ts';
import { lockNegotiationEvents } from './lock-negotiation.events.ts';
import { missionLifecycleEvents } from './mission.events.ts';
import { planningEvents } from './planning.events.ts';
import { talkEvents } from './talk.events.ts';
import { validationEvents } from './validation.events.ts';
import { workEvents } from './work.events.ts';

/** Every fact a mission's stream can hold, with the schema of its data. */
export const missionEventSchemas = {
  ...missionLifecycleEvents,
  ...planningEvents,
  ...workEvents,
  ...livenessEvents,
  ...lockNegotiationEvents,
  ...askEvents,
  ...validationEvents,
  ...talkEvents,
} as const;

export type MissionEventType = keyof typeof missionEventSchemas;
export type MissionEventData<Type extends MissionEventType> = z.output<(typeof missionEventSchemas)[Type]>;
export type MissionEventOf<Type extends MissionEventType> = Fact<Type, MissionEventData<Type>>;

/** The closed union over which decide and evolve are written. */
export type MissionEvent = { [Type in MissionEventType]: MissionEventOf<Type> }[MissionEventType];

export function isMissionEventType(type: string): type is MissionEventType {
  return Object.hasOwn(missionEventSchemas, type);
}

export function fact<Type extends MissionEventType>(
  type: Type,
  data: MissionEventData<Type>,
): MissionEventOf<Type> {
  return { type, data };
}

import type { z } from 'zod';
import { askCommands, askRecords } from './ask.commands.ts';
import { livenessCommands } from './liveness.commands.ts';
import { lockNegotiationCommands } from './lock-negotiation.commands.ts';
import { overlapCommands } from './overlap.commands.ts';
import { personCommands } from './person.commands.ts';
import { runCommands, serviceCommands } from './run.commands.ts';

export * from './ask.commands.ts';
export * from './liveness.commands.ts';
export * from './lock-negotiation.commands.ts';
export * from './overlap.commands.ts';
export * from './person.commands.ts';
export * from './run.commands.ts';

/** Every command a mission accepts, with the schema of its data. */
export const missionCommandSchemas = {
  ...personCommands,
  ...runCommands,
  ...serviceCommands,
  ...livenessCommands,
  ...lockNegotiationCommands,
  ...overlapCommands,
  ...askCommands,
  ...askRecords,
} as const;

export type MissionCommandType = keyof typeof missionCommandSchemas;
export type MissionCommandData<Type extends MissionCommandType> = z.output<
  (typeof missionCommandSchemas)[Type]
>;
export interface MissionCommandOf<Type extends MissionCommandType> {
  readonly type: Type;
  readonly data: MissionCommandData<Type>;
}
export type MissionCommand = { [Type in MissionCommandType]: MissionCommandOf<Type> }[MissionCommandType];
export type MissionCommandInput = {
  [Type in MissionCommandType]: { type: Type; data: z.input<(typeof missionCommandSchemas)[Type]> };
}[MissionCommandType];

export function isMissionCommandType(type: string): type is MissionCommandType {
  return Object.hasOwn(missionCommandSchemas, type);
}

import { actorSchema } from '@missions/kernel';
import {
  isMissionCommandType,
  missionCommandSchemas,
  personCommands,
  type MissionCommand,
} from '@missions/mission';
import canonicalize from 'canonicalize';
import { z } from 'zod';

/** Where the mission's owner answers commands; the reply comes after the append. */
export const missionCommandSubject = 'cmd.mission.command';

/** A command on the wire. Its id makes it happen once, however often it is sent: the events' ids derive from it. */
export const missionCommandRequestSchema = z.strictObject({
  commandId: z.string().min(1).max(200),
  missionId: z.string().min(1),
  /** Taken by commands that must act on the state they were decided for. */
  expectedVersion: z.int().nonnegative().optional(),
  actor: actorSchema,
  command: z.strictObject({ type: z.string(), data: z.unknown() }),
  correlationId: z.string().min(1).max(200).optional(),
  traceparent: z.string().max(200).optional(),
  /** Mission Control's signature over `signedText`; without it no command of a person is accepted. */
  signature: z.string().max(2000).optional(),
});

export type MissionCommandRequest = z.infer<typeof missionCommandRequestSchema>;

/** `seq` is the version of the mission's stream after the append; `repeated` says that it had happened before. */
export const missionCommandReplySchema = z.strictObject({
  commandId: z.string(),
  missionId: z.string(),
  seq: z.int().nonnegative(),
  repeated: z.boolean(),
  acceptedAt: z.iso.datetime(),
});

export type MissionCommandReply = z.infer<typeof missionCommandReplySchema>;

/** Exactly what a signature covers: everything that decides what happens and who is said to have asked. */
export function signedText({
  commandId,
  missionId,
  expectedVersion,
  actor,
  command,
}: MissionCommandRequest): string {
  const subject: unknown = JSON.parse(
    JSON.stringify({ commandId, missionId, expectedVersion, actor, command }),
  );
  return canonicalize(subject) ?? '';
}

export function isPersonCommand(type: string): boolean {
  return Object.hasOwn(personCommands, type);
}

/** Checks a command's type and data; the issues name what, where, and the nearest right thing. */
export function parseMissionCommand(command: {
  readonly type: string;
  readonly data?: unknown;
}): { readonly command: MissionCommand } | { readonly issues: readonly string[] } {
  if (!isMissionCommandType(command.type))
    return { issues: [`type: there is no command ${JSON.stringify(command.type)}`] };
  const parsed = missionCommandSchemas[command.type].safeParse(command.data);
  if (!parsed.success)
    return {
      issues: parsed.error.issues.map(({ path, message }) => `${['data', ...path].join('.')}: ${message}`),
    };
  return { command: { type: command.type, data: parsed.data } as MissionCommand };
}

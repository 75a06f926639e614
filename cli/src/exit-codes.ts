import type { MissionView } from '@missions/contracts';

/** What the shell is told; scripts depend on every number. */
export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  config: 3,
  auth: 4,
  notFound: 5,
  conflict: 6,
  /** The mission failed or was cancelled. */
  missionOver: 10,
  /** The mission waits for a person: a question, an approval, a block, a pause. */
  needsYou: 11,
  budget: 12,
  timedOut: 124,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of an HTTP status that is not a success. */
export function exitCodeOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCodes.auth;
  if (status === 404) return exitCodes.notFound;
  if (status === 409 || status === 412) return exitCodes.conflict;
  return exitCodes.error;
}

/** What was said could not be understood: the same misuse as one that is found here. */
export function isMisuse(code: string): boolean {
  return code.startsWith('MALFORMED_') || code === 'UNKNOWN_RESOURCE_KIND';
}

type Waiting = Pick<MissionView, 'status' | 'needsYou' | 'block'>;

/** How a wait for a mission ends; undefined while the mission goes on by itself. */
export function exitCodeOfMission({ status, needsYou, block }: Waiting): ExitCode | undefined {
  if (status === 'completed') return exitCodes.ok;
  if (status === 'failed' || status === 'cancelled') return exitCodes.missionOver;
  if (status === 'blocked' && block?.cause === 'budget') return exitCodes.budget;
  return needsYou === undefined ? undefined : exitCodes.needsYou;
}

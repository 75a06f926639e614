import { z } from 'zod';

/** Ids people and scripts can name before the things exist; numbers grow past three digits without a limit. */
export const featureIdSchema = z.string().regex(/^F-\d{3,}$/, 'a feature id looks like F-001');
export const milestoneIdSchema = z.string().regex(/^M\d+$/, 'a milestone id looks like M1');
export const assertionIdSchema = z
  .string()
  .regex(/^VAL(-[A-Z0-9]+)+-\d{3,}$/, 'an assertion id looks like VAL-AUTH-001');
export const requirementIdSchema = z.string().regex(/^REQ-\d+$/, 'a requirement id looks like REQ-1');
export const findingIdSchema = z.string().regex(/^FIND-\d+$/, 'a finding id looks like FIND-1');
export const approvalIdSchema = z.string().regex(/^APR-\d+$/, 'an approval id looks like APR-1');
export const questionIdSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'a question id looks like Q1');
export const missionIdSchema = z.string().regex(/^m-[a-z0-9]{4,40}$/, 'a mission id looks like m-7f3k2a');
export const runIdSchema = z.string().regex(/^m-[a-z0-9]{4,40}-r\d+$/, 'a run id looks like m-7f3k2a-r12');
export const shaSchema = z.string().regex(/^[0-9a-f]{40}$/, 'a commit is 40 hexadecimal digits');
export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a digest looks like sha256:…');

/** The stream that holds everything a mission's screen folds. */
export function missionStream(missionId: string): string {
  return `mission-${missionId}`;
}

/** The stream that holds the transcript of one run. */
export function runStream(runId: string): string {
  return `run-${runId}`;
}

/** The mission a run belongs to, read off the run's id. */
export function missionOfRun(runId: string): string {
  return runId.replace(/-r\d+$/, '');
}

export function numberedId(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(3, '0')}`;
}

import { z } from 'zod';

/** The tools that end a run; what a run says besides is no end of it. */
export const closingTools = [
  'ask',
  'propose_plan',
  'settle_findings',
  'reply',
  'hand_off',
  'report_validation',
  'report_review',
] as const;

/** The call that should have ended a run was answered with what is wrong, so the run went on. */
export const refusedCloseSchema = z
  .strictObject({
    count: z.int().positive(),
    /** What the newest of them was answered with. */
    last: z.string(),
  })
  .meta({ id: 'RefusedClose' });
export type RefusedClose = Readonly<z.infer<typeof refusedCloseSchema>>;

import { z } from 'zod';
import { questionIdSchema } from './ids.ts';

/** A question of a scope run; a non-blocking one is settled by its default when nobody answers. */
export const questionSchema = z.strictObject({
  id: questionIdSchema,
  text: z.string().min(1).max(4000),
  why: z.string().max(4000).default(''),
  options: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(64),
        label: z.string().min(1).max(1000),
        consequence: z.string().max(2000).default(''),
      }),
    )
    .max(50)
    .default([]),
  default: z.string().max(4000).optional(),
  blocking: z.boolean().default(true),
  affects: z.array(z.string().max(400)).max(50).default([]),
});

export type Question = z.infer<typeof questionSchema>;

/** The value that leaves a question to the orchestrator, which notes what it assumed. */
export const youDecide = 'you decide';

export const answerValueSchema = z.string().min(1).max(8000);

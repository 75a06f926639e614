import { z } from 'zod';

const expression = z.string().min(1).max(1000);

/**
 * One rule of an `inspection` proof. `path` is a glob over the files at the commit (`in: tree`) or over those that differ from
 * the base (`in: diff`, where `contains` and `never` look at added lines only). Expressions are RE2. Every part has to hold;
 * `contains` holds if one of the files has it, `never` if none has.
 */
export const inspectionRuleSchema = z
  .strictObject({
    path: z.string().min(1).max(400),
    in: z.enum(['tree', 'diff']).default('tree'),
    /** How many files match `path`. */
    atLeast: z.int().nonnegative().optional(),
    atMost: z.int().nonnegative().optional(),
    contains: expression.optional(),
    never: expression.optional(),
  })
  .refine(
    ({ atLeast, atMost, contains, never }) =>
      atLeast !== undefined || atMost !== undefined || contains !== undefined || never !== undefined,
    'a rule asks for something: atLeast, atMost, contains or never',
  );

export type InspectionRule = z.infer<typeof inspectionRuleSchema>;

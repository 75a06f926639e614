import { z } from 'zod';

/** Who caused a fact: a person, an agent in a role, or a service of this system. */
export const actorSchema = z.strictObject({
  kind: z.enum(['person', 'agent', 'service']),
  id: z.string().min(1),
  role: z.string().min(1).optional(),
});

export type Actor = z.infer<typeof actorSchema>;

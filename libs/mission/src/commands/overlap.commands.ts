import { z } from 'zod';
import { missionIdSchema } from '../ids.ts';

/** What only the mission's own service sees: it alone looks at several missions. */
export const overlapCommands = {
  /** This mission and another at work changed the same files, and nothing kept them apart. */
  RecordOverlap: z.strictObject({
    otherId: missionIdSchema,
    paths: z.array(z.string().min(1).max(1000)).min(1).max(200),
    /** There are others beside those named. */
    more: z.boolean().default(false),
  }),
} as const;

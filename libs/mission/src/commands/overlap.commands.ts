import { z } from 'zod';
import { featureIdSchema, missionIdSchema } from '../ids.ts';

/** What only the mission's own service sees: it alone looks at several missions. */
export const overlapCommands = {
  /** A feature changed files that a feature of another mission at work changed too, and nothing kept them apart. */
  RecordOverlap: z.strictObject({
    featureId: featureIdSchema,
    other: z.strictObject({ missionId: missionIdSchema, featureId: featureIdSchema }),
    paths: z.array(z.string().min(1).max(1000)).min(1).max(20),
    /** How many there are beside those named. */
    more: z.int().nonnegative().default(0),
  }),
} as const;

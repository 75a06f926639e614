import { z } from 'zod';

/** A commit that others have to see: what a mission accepted of its work on the resources it held. */
export const releasedChangeSchema = z.strictObject({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
export type ReleasedChange = Readonly<z.infer<typeof releasedChangeSchema>>;

/** The newest such commit of another mission in what is granted. */
export const changedBySchema = z
  .array(releasedChangeSchema.extend({ missionId: z.string().min(1).max(128) }))
  .max(256)
  .readonly();
export type ChangedBy = Readonly<z.infer<typeof changedBySchema>>;

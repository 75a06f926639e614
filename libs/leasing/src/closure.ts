import { z } from 'zod';
import type { Claim } from './claim.ts';
import { resourceTextSchema, unitsSchema } from './want.ts';
import { needsLockDelay } from './want-set.ts';

/** A resource nobody may be granted before `until`; of a pool, so many units of it. */
export const closureSchema = z.strictObject({
  resource: resourceTextSchema,
  until: z.iso.datetime(),
  units: unitsSchema.exactOptional(),
});
export type Closure = Readonly<z.infer<typeof closureSchema>>;

/** What of a claim stays closed when it ends without its holder's doing: whatever cannot check a token. */
export function closuresOf({ resources }: Pick<Claim, 'resources'>, until: string): readonly Closure[] {
  return resources
    .filter(needsLockDelay)
    .map(({ resource, units }) => ({ resource, until, ...(units !== undefined && { units }) }));
}

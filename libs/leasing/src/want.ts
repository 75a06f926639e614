import { z } from 'zod';
import { modeSchema } from './mode.ts';

export const resourceTextSchema = z.string().min(1).max(1024);
export const unitsSchema = z.int().positive().max(1_000_000);

const fullWantSchema = z.strictObject({
  resource: resourceTextSchema,
  mode: modeSchema.default('X'),
  units: unitsSchema.exactOptional(),
});

/** One resource in one mode; of a pool, so many units (1 unless given). */
export type Want = Readonly<z.output<typeof fullWantSchema>>;

/** A bare name wants it alone, as all claims did before there were modes. */
export const wantSchema = z.union([
  resourceTextSchema.transform((resource): Want => ({ resource, mode: 'X' })),
  fullWantSchema,
]);
/** What a claim asks for, as it may be written. */
export type WantInput = z.input<typeof wantSchema>;

/** As people read it: the bare name where it is wanted alone, else with its mode or its units. */
export function wantText({ resource, mode, units }: Want): string {
  if (units !== undefined) return `${resource} (${String(units)})`;
  return mode === 'X' ? resource : `${resource} (${mode})`;
}

import { z } from 'zod';
import { missionIdSchema, shaSchema } from './ids.ts';

/** Whether missions of one repository and base branch lock the paths they touch, and then see each other's work. */
export const integrationSchema = z.enum(['shared', 'isolated']);
export type Integration = z.infer<typeof integrationSchema>;

/** How a mission talks about what it shares: greedy gives only what costs it nothing, yielding gives early. */
export const stanceSchema = z.enum(['greedy', 'neutral', 'yielding']);
export type Stance = z.infer<typeof stanceSchema>;

/** A higher one gives way later; it never changes the order of a queue. */
export const prioritySchema = z.int().min(-10).max(10);

/** The last accepted commit of another mission that changed what a run is granted. */
export const changeSchema = z.strictObject({ missionId: missionIdSchema, sha: shaSchema });
export type Change = Readonly<z.infer<typeof changeSchema>>;

/** So many other missions may have changed what one claim names. */
export const changesSchema = z.array(changeSchema).max(256).readonly();

/** A supervisor's merge that a run started from, and whose commits were merged in it. */
export const integratedSchema = z.strictObject({ sha: shaSchema, changes: changesSchema });
export type Integrated = z.infer<typeof integratedSchema>;

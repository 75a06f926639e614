import { z } from 'zod';
import { resourceSubjects, scopeSchema, tracing } from '../leasing.requests.ts';
import { extendLeaseSchema, moveWaiterSchema, revokeClaimSchema } from './intervention.commands.ts';

const signed = {
  scope: scopeSchema,
  ...tracing,
  /** Makes the same request happen once, and is signed with the rest; another under the same id is another. */
  commandId: z.string().min(1).max(256),
  /** Mission Control's signature over `interventionText`; without it nobody is believed to be a person. */
  signature: z.string().max(2000).optional(),
};

/** A person takes the resources from their holder; needs `confirm`. */
export const revokeRequestSchema = revokeClaimSchema.shape.data.extend(signed);
export type RevokeRequest = Readonly<z.infer<typeof revokeRequestSchema>>;

/** A person lets the holder keep them at least for so long, renewed or not. */
export const extendRequestSchema = extendLeaseSchema.shape.data.extend(signed);
export type ExtendRequest = Readonly<z.infer<typeof extendRequestSchema>>;

/** A person gives a waiting claim another place in the queue: before another one, or at its head. */
export const reorderRequestSchema = moveWaiterSchema.shape.data.extend(signed);
export type ReorderRequest = Readonly<z.infer<typeof reorderRequestSchema>>;

export type InterventionRequest = RevokeRequest | ExtendRequest | ReorderRequest;
export type Intervention = 'revoke' | 'extend' | 'reorder';

/** Exactly what a signature covers: what is asked, of whom, by whom. */
export function interventionText(
  what: Intervention,
  { signature: _not, correlationId: _nor, ...asked }: InterventionRequest,
): string {
  const { by, ...rest } = asked;
  const person = [by.kind, by.id, by.role ?? null];
  const fields = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([resourceSubjects[what], person, fields]);
}

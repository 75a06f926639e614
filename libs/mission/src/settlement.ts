import { z } from 'zod';
import { findingIdSchema } from './ids.ts';
import { featureDraftSchema } from './plan.ts';
import { assertionSchema } from './validation-contract.ts';

export const settlementChoiceSchema = z.enum([
  'fix_now',
  'follow_up',
  'rescope',
  'amend_contract',
  'waive',
  'roll_back',
  'dismiss',
]);

export type SettlementChoice = z.infer<typeof settlementChoiceSchema>;

/** How one finding is settled, and why; nothing is dropped silently. */
export const settlementItemSchema = z.strictObject({
  item: findingIdSchema,
  choice: settlementChoiceSchema,
  justification: z.string().min(1).max(4000),
});

export type SettlementItem = z.infer<typeof settlementItemSchema>;

export const planDeltaSchema = z.strictObject({ features: z.array(featureDraftSchema).max(100).default([]) });

/** Assertions added to, or replaced in, the frozen contract; only a person's approval makes it count. */
export const contractDeltaSchema = z.strictObject({
  assertions: z.array(assertionSchema).max(200).default([]),
  reason: z.string().max(4000).default(''),
});

export type PlanDelta = z.infer<typeof planDeltaSchema>;
export type ContractDelta = z.infer<typeof contractDeltaSchema>;

export const settlementClaimSchema = z.strictObject({
  items: z.array(settlementItemSchema).max(500),
  plan_delta: planDeltaSchema.optional(),
  contract_delta: contractDeltaSchema.optional(),
});

export type SettlementClaim = z.infer<typeof settlementClaimSchema>;

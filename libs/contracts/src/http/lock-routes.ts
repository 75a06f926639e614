import { z } from 'zod';
import { ledgerHistorySchema } from '../views/ledger-history.ts';
import { lockLedgerSchema, lockNegotiationSchema } from '../views/lock-view.ts';
import * as bodies from './commands.ts';

/** What does not concern the mission, or the resource and what lies below or above it, is left out. */
export const locksQuerySchema = z.object({
  mission: z.string().max(128).optional(),
  resource: z.string().max(1024).optional(),
});

/** What concerns all that is named, and was decided before a version of the ledger. */
export const ledgerHistoryQuerySchema = z.object({
  ...locksQuerySchema.shape,
  claim: z.string().max(256).optional(),
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const read = { role: 'viewer' } as const;
const lockCommand = { role: 'operator', response: bodies.lockChangedSchema, status: 202 } as const;

/** What missions share, over all of them: seen by everybody, changed by people. */
export const lockRoutes = {
  'GET /v1/locks': {
    ...read,
    summary: 'Ledgers of shared resources: holders, queues, who waits for whom, negotiations',
    query: locksQuerySchema,
    response: z.array(lockLedgerSchema),
  },
  'GET /v1/locks/negotiations/:id': {
    ...read,
    summary: 'One negotiation with everything that was said in it',
    response: lockNegotiationSchema,
  },
  'GET /v1/locks/:scope/history': {
    ...read,
    summary: 'What was decided in one ledger, by whom and why, newest first',
    query: ledgerHistoryQuerySchema,
    response: ledgerHistorySchema,
  },
  'POST /v1/locks/:scope/revoke': {
    ...lockCommand,
    summary: 'Takes a grant from its holder; needs confirmation',
    body: bodies.revokeLockBodySchema,
  },
  'POST /v1/locks/:scope/extend': {
    ...lockCommand,
    summary: 'Lets a holder keep its grant longer',
    body: bodies.extendLockBodySchema,
  },
  'POST /v1/locks/:scope/reorder': {
    ...lockCommand,
    summary: 'Gives a waiting claim another place in its queue',
    body: bodies.reorderLockBodySchema,
  },
} as const;

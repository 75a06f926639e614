import { actorSchema } from '@missions/kernel';
import { claimIdSchema, ownerSchema, scopeNamed, wantSchema } from '@missions/leasing';
import { claimedName } from '@missions/mission';
import { z } from 'zod';
import type { Concern } from './ledger-concern.ts';
import { ledgerLine } from './ledger-line.ts';
import { namesResource } from './named-resource.ts';
import { present } from './run-view.ts';

/** One decision about what missions share. */
export const ledgerEntrySchema = z
  .strictObject({
    version: z.int().positive(),
    at: z.iso.datetime(),
    type: z.string(),
    line: z.string(),
    /** The claim it is about, with what it then asks for, holds, keeps or gives back; of a pool its name alone. */
    claimId: claimIdSchema.optional(),
    owner: ownerSchema.optional(),
    resources: z.array(wantSchema).readonly().optional(),
    /** The person who stepped in. */
    by: actorSchema.optional(),
    reason: z.string().optional(),
    negotiationId: z.string().optional(),
  })
  .meta({ id: 'LedgerEntry' });
export type LedgerEntry = Readonly<z.infer<typeof ledgerEntrySchema>>;

/** What was decided in one ledger, newest first. */
export const ledgerHistorySchema = z
  .strictObject({
    scope: z.string(),
    entries: z.array(ledgerEntrySchema).readonly(),
    /** What to go on before; absent when nothing older is left. */
    before: z.int().positive().optional(),
  })
  .meta({ id: 'LedgerHistory' });
export type LedgerHistory = Readonly<z.infer<typeof ledgerHistorySchema>>;

/** The ledger in which missions have it decided who gets a resource, by the beginning of its name. */
export function scopeOfName(name: string): string {
  const path = claimedName(name).normalize('NFC').split(':/', 2)[1] ?? '';
  return scopeNamed(path.split('/', 1)[0] ?? '');
}

export interface LedgerFilter {
  readonly resource?: string | undefined;
  readonly mission?: string | undefined;
  readonly claim?: string | undefined;
}

export type IsWanted = (concern: Concern) => boolean;

/** What concerns all that is named; refuses a resource as `parseResource` does. */
export function ledgerFilter({ resource, mission, claim }: LedgerFilter): IsWanted {
  const isNamed = resource === undefined ? () => true : namesResource(resource);
  return ({ parties, circle, resources }) =>
    (claim === undefined || parties.some(({ claimId }) => claimId === claim)) &&
    (mission === undefined ||
      [...parties.map(({ owner }) => owner), ...circle].some((owner) => owner?.missionId === mission)) &&
    isNamed(resources);
}

export function ledgerEntry(concern: Concern): LedgerEntry {
  const { fact, parties, resources } = concern;
  const { version, at, type, event, named } = fact;
  const data: Said = event?.data ?? named;
  return {
    ...{ version, at, type, line: ledgerLine(concern) },
    ...present({
      claimId: parties[0]?.claimId,
      owner: parties[0]?.owner,
      resources: data.claim?.resources ?? data.resources ?? (type === 'PoolSized' ? resources : undefined),
      by: typeof data.by === 'object' ? data.by : undefined,
      reason: data.reason,
      negotiationId: data.negotiationId,
    }),
  };
}

/** Fields that only some events have. */
interface Said {
  /** The pool that was sized. */
  readonly resource?: string;
  readonly claim?: Pick<Said, 'resources'>;
  readonly resources?: LedgerEntry['resources'];
  /** Of a talk that failed, the claim that refused. */
  readonly by?: LedgerEntry['by'] | string;
  readonly reason?: string;
  readonly negotiationId?: string;
}

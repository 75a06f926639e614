import type { EventEnvelope } from '@missions/kernel';
import {
  claimIdSchema,
  leasingEventSchema,
  ownerSchema,
  wantSchema,
  type LeasingEvent,
} from '@missions/leasing';
import { z } from 'zod';

/** An event of a ledger as far as this release can read it. */
export interface LedgerFact {
  readonly version: number;
  readonly at: string;
  readonly type: string;
  /** Undefined for a type, or a form of it, that only a newer release knows. */
  readonly event: LeasingEvent | undefined;
  /** What even such an event says in the words of every other one. */
  readonly named: z.infer<typeof namedSchema>;
}

/** A field that a newer release added hides nothing of the rest. */
const dataSchemas: ReadonlyMap<string, z.ZodType> = new Map(
  leasingEventSchema.options.map(({ shape }) => [shape.type.value, shape.data.strip()]),
);

const unless = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const namedSchema = z
  .object({
    claimId: unless(claimIdSchema),
    owner: unless(ownerSchema.strip()),
    resources: unless(z.array(wantSchema).readonly()),
  })
  .catch({});

export function ledgerFact({ version, occurredAt, type, data }: LedgerEvent): LedgerFact {
  const read = dataSchemas.get(type)?.safeParse(data);
  const event = read?.success === true ? ({ type, data: read.data } as LeasingEvent) : undefined;
  return { version, at: occurredAt, type, event, named: event ? {} : namedSchema.parse(data) };
}

/** What is read of an event as it is stored. */
export type LedgerEvent = Pick<EventEnvelope, 'version' | 'occurredAt' | 'type' | 'data'>;

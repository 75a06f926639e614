import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { pokingStore, type Bus, type Subscription } from '@missions/bus';
import type { EventStore } from '@missions/event-store';
import { DomainError, eventsOf, systemClock } from '@missions/kernel';
import {
  emptyLedger,
  evolve,
  extendRequestSchema,
  interventionText,
  leasing,
  leasingEventSchema,
  ledgerView,
  reorderRequestSchema,
  resourceSubjects,
  revokeRequestSchema,
  stateRequestSchema,
  type EndedReply,
  type Intervention,
  type InterventionRequest,
  type Ledger,
  type LeasingCommand,
} from '@missions/leasing';

const interventions = {
  revoke: { type: 'RevokeClaim', schema: revokeRequestSchema },
  extend: { type: 'ExtendLease', schema: extendRequestSchema },
  reorder: { type: 'MoveWaiter', schema: reorderRequestSchema },
} as const;

/** The ledgers' owner in its smallest form: checks the signature, decides, appends. */
export class LedgerOwner {
  private readonly store: EventStore;
  private readonly key: KeyObject;
  private readonly answering: readonly Subscription[];

  constructor(store: EventStore, bus: Bus, publicPem: string) {
    this.store = pokingStore(store, bus);
    this.key = createPublicKey(publicPem);
    const respond = (subject: string, answer: (payload: unknown) => Promise<unknown>): Subscription =>
      bus.respond(subject, 'resource-lock', answer);
    this.answering = [
      respond(resourceSubjects.state, async (payload) => {
        const { scope } = stateRequestSchema.parse(payload);
        return ledgerView(scope, await this.ledger(scope), systemClock.now().toISOString());
      }),
      ...(['revoke', 'extend', 'reorder'] as const).map((what) =>
        respond(resourceSubjects[what], (payload) => this.answer(what, payload)),
      ),
    ];
  }

  /** Nobody answers for ledgers any more. */
  async leave(): Promise<void> {
    await Promise.all(this.answering.map((one) => one.stop()));
  }

  async decide(scope: string, command: LeasingCommand, commandId: string): Promise<Ledger> {
    const before = await this.ledger(scope);
    const stream = `resources-${scope}`;
    const known = (await this.store.read(stream)).some(({ id }) => id === `${commandId}/0`);
    if (known) return before;
    const at = systemClock.now().toISOString();
    const facts = leasing.decide(command, before, { at, lockDelayMs: 0, cycleTalkMs: 0 });
    const actor = { kind: 'service', id: 'resource-lock' } as const;
    const provenance = { occurredAt: at, actor, correlationId: commandId, causationId: commandId };
    const events = eventsOf<string, unknown>(commandId, facts, provenance);
    await this.store.append({ stream, expectedVersion: before.version, events });
    return this.ledger(scope);
  }

  private async answer(what: Intervention, payload: unknown): Promise<EndedReply> {
    const { type, schema } = interventions[what];
    const request: InterventionRequest = schema.parse(payload);
    const { scope, commandId, correlationId: _trace, signature = '', ...data } = request;
    const text = Buffer.from(interventionText(what, request), 'utf8');
    if (!verify(null, text, this.key, Buffer.from(signature, 'base64')))
      throw new DomainError('SIGNATURE_REQUIRED', 'Not signed by Mission Control.');
    const after = await this.decide(scope, { type, data } as LeasingCommand, commandId);
    return { scope, claimId: data.claimId, version: after.version };
  }

  private async ledger(scope: string): Promise<Ledger> {
    const events = await this.store.read(`resources-${scope}`);
    return events
      .map(({ type, data }) => leasingEventSchema.parse({ type, data }))
      .reduce(evolve, emptyLedger);
  }
}

import type { Requester } from '@missions/bus';
import { lockLedger, type LeaseView, type LockLedger, type LockNegotiation } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import { resourceSubjects, scopeSchema, stateReplySchema } from '@missions/leasing';
import { LockConcern } from './lock-concern.ts';
import type { LiveValues } from '../ports/live-values.ts';

const TIMEOUT_MS = 5_000;

export interface LockFilter {
  readonly mission?: string | undefined;
  readonly resource?: string | undefined;
}

/** What missions share, as the owner of the ledgers tells it. */
export class ReadLocks {
  constructor(
    private readonly requester: Requester,
    private readonly live: Pick<LiveValues, 'scopes' | 'leases' | 'now'>,
  ) {}

  /** All ledgers, and of them what concerns the mission and the resource that are named. */
  async ledgers({ mission, resource }: LockFilter = {}): Promise<readonly LockLedger[]> {
    const concern = new LockConcern(mission, resource);
    return concern.among(await this.all());
  }

  ofMission(mission: string): Promise<readonly LockLedger[]> {
    return this.ledgers({ mission });
  }

  /** Refused with `UNKNOWN_NEGOTIATION` when it is none of the open and the newest ended ones of any ledger. */
  async negotiation(negotiationId: string): Promise<LockNegotiation> {
    for (const { scope, negotiations } of await this.all()) {
      const found = negotiations.find((one) => one.negotiationId === negotiationId);
      if (found) return { scope, ...found };
    }
    throw new DomainError('UNKNOWN_NEGOTIATION', `No ledger remembers a negotiation ${negotiationId}.`, {
      negotiationId,
    });
  }

  private async all(): Promise<readonly LockLedger[]> {
    const [scopes, leases, at] = await Promise.all([this.live.scopes(), this.live.leases(), this.live.now()]);
    // What cannot be asked for, such as a ledger of an older release under a longer name, hides no other.
    const known = scopes.filter((scope) => scopeSchema.safeParse(scope).success);
    return Promise.all(known.map((scope) => this.ledger(scope, { leases, at })));
  }

  private async ledger(
    scope: string,
    { leases, at }: { readonly leases: readonly LeaseView[]; readonly at: string },
  ): Promise<LockLedger> {
    const reply = await this.requester.request(resourceSubjects.state, { scope }, { timeoutMs: TIMEOUT_MS });
    const its = leases.filter((lease) => lease.scope === scope);
    return lockLedger(stateReplySchema.parse(reply), { at, leases: its });
  }
}

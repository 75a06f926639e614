import { leasing } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import { ledgerView } from '../ledger-view.ts';
import { emptyLedger, evolve, type Ledger } from '../ledger.ts';
import type { Circumstances } from '../negotiation/circumstances.ts';
import type { OfferInput } from '../negotiation/offer.ts';
import { Precedence, type ClaimInLine, type Standing } from '../negotiation/precedence.ts';
import { alone } from './wants.ts';

export const minuteMs = 60_000;

/** The instant so many minutes after the beginning of a case. */
export const at = (minute: number): string =>
  new Date(Date.UTC(2026, 0, 1) + minute * minuteMs).toISOString();

/** A ledger whose events precedence is told, with claims that are called by mission and work: `ada/F-1`. */
export class PlayedLedger {
  readonly precedence = new Precedence();
  ledger: Ledger = emptyLedger;

  request(minute: number, name: string, ...names: readonly string[]): this {
    return this.claim(minute, name, { resources: names });
  }

  /** Under another id, as each run of a feature claims; with what its work is expected to take. */
  claim(
    minute: number,
    name: string,
    {
      claimId = name,
      resources,
      expectedMinutes,
    }: {
      readonly claimId?: string;
      readonly resources: readonly string[];
      readonly expectedMinutes?: number;
    },
  ): this {
    const work = {
      id: name.split('/')[1] ?? '',
      ...(expectedMinutes !== undefined && { expectedMs: expectedMinutes * minuteMs }),
    };
    const data = { claimId, owner: ownerOf(name, claimId), resources: [...alone(...resources)], work };
    return this.do(minute, { type: 'RequestClaim', data: { ...data, ttlMs: 1000 } });
  }

  release(minute: number, claimId: string, isAccepted = false): this {
    const change = isAccepted ? { change: { sha: '1'.repeat(40) } } : {};
    return this.do(minute, {
      type: 'ReleaseClaim',
      data: { claimId, token: this.tokenOf(claimId), ...change },
    });
  }

  withdraw(minute: number, claimId: string): this {
    return this.do(minute, { type: 'WithdrawClaim', data: { claimId } });
  }

  /** What people do. */
  moveBefore(minute: number, claimId: string, before?: string): this {
    const data = { claimId, ...(before !== undefined && { before }), ...byPerson };
    return this.do(minute, { type: 'MoveWaiter', data });
  }

  revoke(minute: number, claimId: string): this {
    const data = { claimId, token: this.tokenOf(claimId), confirm: true, ...byPerson };
    return this.do(minute, { type: 'RevokeClaim', data });
  }

  narrow(minute: number, claimId: string, ...names: readonly string[]): this {
    const resources = [...alone(...names)];
    return this.do(minute, {
      type: 'NarrowClaim',
      data: { claimId, token: this.tokenOf(claimId), resources },
    });
  }

  /** The asker takes what the holder offers. */
  agree(minute: number, asker: string, holder: string, offer: OfferInput): this {
    const negotiationId = `${asker}/${String(minute)}`;
    const grant = { claimId: holder, token: this.tokenOf(holder) };
    const about = { negotiationId, proposalId: `${negotiationId}/offer` };
    return this.do(minute, {
      type: 'OpenNegotiation',
      data: { negotiationId, claimId: asker, withinMs: minuteMs },
    })
      .do(minute, { type: 'MakeProposal', data: { ...about, holder: grant, offer } })
      .do(minute, { type: 'AcceptProposal', data: { ...about, by: { claimId: asker } } });
  }

  standing(minute: number, name: string, ...names: readonly string[]): Standing | undefined {
    return this.precedence.asOf(at(minute)).of(claimNamed(name, names));
  }

  /** In minutes, as long as it would have asked. */
  inLine(minute: number, name: string, ...names: readonly string[]): number | undefined {
    const ms = this.standing(minute, name, ...names)?.inLineMs;
    return ms === undefined || ms < 0 ? ms : ms / minuteMs;
  }

  aheadMinutes(minute: number, name: string): number {
    return (this.standing(minute, name)?.aheadMs ?? NaN) / minuteMs;
  }

  circumstances(minute: number): Circumstances {
    const ledger = ledgerView('r', this.ledger, at(minute));
    return { ledger, standings: this.precedence.asOf(at(minute)), at: at(minute) };
  }

  private do(minute: number, command: LeasingCommand): this {
    const context = { at: at(minute), lockDelayMs: 0, cycleTalkMs: 0 };
    const events = leasing.decide(command, this.ledger, context);
    this.ledger = events.reduce(evolve, this.ledger);
    for (const event of events) this.precedence.take(event);
    return this;
  }

  private tokenOf(claimId: string): number {
    return this.ledger.held.get(claimId)?.token ?? 0;
  }
}

const byPerson = { by: { kind: 'person', id: 'ana' }, reason: 'It is urgent.' } as const;

function claimNamed(name: string, names: readonly string[]): ClaimInLine {
  return { owner: ownerOf(name, name), work: { id: name.split('/')[1] ?? '' }, resources: alone(...names) };
}

function ownerOf(name: string, claimId: string): ClaimInLine['owner'] {
  return { missionId: name.split('/')[0] ?? '', runId: claimId };
}

import type { LeasingCommand } from '../leasing.commands.ts';
import type { Ledger } from '../ledger.ts';
import type { Negotiation, Proposal } from '../negotiation/negotiation.ts';
import type { OfferInput } from '../negotiation/offer.ts';
import type { PersonStep, ProposeStep, TalkStep } from './steps.ts';

const anOf = <T>(list: readonly T[], place: number): T | undefined => list[place % Math.max(1, list.length)];

export function talkCommand(one: TalkStep, ledger: Ledger, second: number): LeasingCommand {
  const open = [...ledger.talk.open.values()];
  const talk = one.kind === 'open' ? undefined : anOf(open, one.talk);
  const negotiationId = talk?.negotiationId ?? `n${String(second)}`;
  switch (one.kind) {
    case 'open': {
      const waiting = anOf(ledger.queue, one.waiter)?.claimId ?? 'c0';
      const data = { negotiationId, claimId: waiting, withinMs: one.withinS * 1000 };
      return { type: 'OpenNegotiation', data };
    }
    case 'propose': {
      const party = anOf(talk?.holders ?? [], one.holder);
      const holder = {
        claimId: party?.claimId ?? 'c0',
        token: Math.max(1, (party?.token ?? 1) + one.tokenOffset),
      };
      const offer = offerFor(one, ledger, { holder: holder.claimId, asker: talk?.owner.missionId });
      const data = { negotiationId, proposalId: `p${String(second)}`, holder, offer };
      return { type: 'MakeProposal', data };
    }
    case 'counter': {
      const counters = anOf(talk?.proposals ?? [], one.proposal)?.proposalId ?? 'p0';
      const offer = { kind: 'release_at', inMs: one.inS * 1000 } as const;
      const data = {
        negotiationId,
        proposalId: `p${String(second)}`,
        counters,
        claimId: talk?.claimId ?? 'c0',
      };
      return { type: 'CounterProposal', data: { ...data, offer } };
    }
    case 'accept':
      return acceptCommand(anOf(talk?.proposals ?? [], one.proposal), { negotiationId, talk });
    case 'refuse':
      return { type: 'RefuseNegotiation', data: { negotiationId, by: { claimId: talk?.claimId ?? 'c0' } } };
  }
}

function acceptCommand(
  proposal: Proposal | undefined,
  { negotiationId, talk }: { readonly negotiationId: string; readonly talk: Negotiation | undefined },
): LeasingCommand {
  const by = proposal?.from === 'asker' ? proposal.holder : { claimId: talk?.claimId ?? 'c0' };
  return { type: 'AcceptProposal', data: { negotiationId, proposalId: proposal?.proposalId ?? 'p0', by } };
}

function offerFor(
  { offer, keep }: ProposeStep,
  ledger: Ledger,
  { holder, asker }: { readonly holder: string; readonly asker: string | undefined },
): OfferInput {
  const held = ledger.held.get(holder);
  switch (offer) {
    case 'narrow': {
      const kept = held?.resources[keep % held.resources.length] ?? {
        resource: 'repo:/r',
        mode: 'X' as const,
      };
      return {
        kind: 'narrow',
        keep: [kept.resource.startsWith('path:') ? { ...kept, resource: `${kept.resource}/own` } : kept],
      };
    }
    case 'downgrade':
      return { kind: 'downgrade', to: 'S' };
    case 'swap': {
      const other = [...ledger.held.values()].find(({ owner }) => owner.missionId === asker);
      return { kind: 'swap', forClaimId: other?.claimId ?? 'c0', forToken: other?.token ?? 1 };
    }
    case 'release_at':
      return { kind: 'release_at', inMs: keep * 5000 };
    case 'hand_over_at_checkpoint':
      return { kind: 'hand_over_at_checkpoint', withinMs: keep * 5000 };
    default:
      return { kind: offer };
  }
}

export function personCommand(one: PersonStep, ledger: Ledger): LeasingCommand {
  const by = { kind: 'person', id: 'eva' } as const;
  const reason = 'because';
  if (one.kind === 'move') {
    const claim = anOf(ledger.queue, one.waiter)?.claimId ?? 'c0';
    const before = one.before === null ? undefined : anOf(ledger.queue, one.before)?.claimId;
    const data = { claimId: claim, by, reason, ...(before !== undefined && { before }) };
    return { type: 'MoveWaiter', data };
  }
  const held = anOf([...ledger.held.values()], one.holder);
  const grant = { claimId: held?.claimId ?? 'c0', token: held?.token ?? 1, by, reason };
  if (one.kind === 'extend') return { type: 'ExtendLease', data: { ...grant, forMs: 5000 } };
  return { type: 'RevokeClaim', data: { ...grant, confirm: one.confirm } };
}

import type { MissionCommandRequest } from '@missions/contracts';
import { isRefusal, type EventEnvelope } from '@missions/kernel';
import {
  leasingEventSchema,
  wantText,
  type LeasingEvent,
  type LedgerView,
  type LockNarrowed,
  type NegotiationFailed,
  type NegotiationOpened,
  type NegotiationSettled,
  type ProposalMade,
} from '@missions/leasing';
import { isAskClaim, type MissionCommandOf } from '@missions/mission';
import { agreedText } from './agreed-text.ts';
import type { LedgerTalk } from './ledger-talk.ts';

export interface TellNegotiationsParts {
  readonly talk: LedgerTalk;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
}

type Command = MissionCommandRequest['command'];
type Told = MissionCommandOf<
  'RecordNegotiationOpened' | 'RecordNegotiationSettled' | 'RecordNegotiationFailed'
>;
type Parties = Pick<LedgerView['negotiations'][number], 'owner' | 'holders'>;

const told = new Set([
  'ProposalMade',
  'NegotiationOpened',
  'NegotiationSettled',
  'NegotiationFailed',
  'LockNarrowed',
]);

/** Tells missions what was said and agreed about what they share, and runs what they promised. Each event is told once. */
export class TellNegotiations {
  constructor(private readonly parts: TellNegotiationsParts) {}

  concerns({ stream, type }: EventEnvelope): boolean {
    return stream.startsWith('resources-') && told.has(type);
  }

  async follow(event: EventEnvelope): Promise<void> {
    const parsed = leasingEventSchema.safeParse({ type: event.type, data: event.data });
    if (parsed.success) await this.tellOf(parsed.data, event);
  }

  private async tellOf(said: LeasingEvent, event: EventEnvelope): Promise<void> {
    if (said.type === 'NegotiationOpened') await this.opened(said, event);
    if (said.type === 'ProposalMade') await this.offered(said, event);
    if (said.type === 'NegotiationSettled') await this.settled(said, event);
    if (said.type === 'NegotiationFailed') await this.failed(said, event);
    if (said.type === 'LockNarrowed') await this.narrowed(said, event);
  }

  private opened({ data }: NegotiationOpened, event: EventEnvelope): Promise<void> {
    const { negotiationId, claim, holders, deadline, reason } = data;
    const resources = claim.resources.map(wantText);
    return this.tellAll({ owner: claim.owner, holders }, event, (side, others) => ({
      type: 'RecordNegotiationOpened',
      data: {
        ...placeOf(event),
        negotiationId,
        claimId: claim.claimId,
        with: [...others],
        side,
        resources,
        deadline,
        ...(reason !== undefined && { reason }),
      },
    }));
  }

  /** What an agent asked for, it may choose itself. */
  private async offered({ data }: ProposalMade, event: EventEnvelope): Promise<void> {
    const { negotiationId, proposalId, holder, offer, expires } = data;
    if (offer.kind === 'refuse' || !isAskClaim(negotiationId.replace(/^cycle\//, ''))) return;
    const ledger = await this.parts.talk.state(scopeOf(event));
    const talk = ledger.negotiations.find((one) => one.negotiationId === negotiationId);
    if (!talk || talk.outcome) return;
    const text = agreedText([{ ...holder, offer }], talk, ledger);
    await this.tell(talk.owner.missionId, `${saidAt(event)}/offer`, {
      type: 'RecordLockOffer',
      data: { claimId: talk.claimId, negotiationId, proposalId, offer: text, expires },
    });
  }

  private async settled(said: NegotiationSettled, event: EventEnvelope): Promise<void> {
    const { negotiationId, claimId, commitments } = said.data;
    const ledger = await this.parts.talk.state(scopeOf(event));
    const talk = ledger.negotiations.find((one) => one.negotiationId === negotiationId);
    if (!talk) return;
    const agreed = agreedText(commitments, talk, ledger);
    await this.tellAll(talk, event, (_side, others) => ({
      type: 'RecordNegotiationSettled',
      data: { ...placeOf(event), negotiationId, claimId, with: [...others], agreed },
    }));
    for (const { claimId: heldClaim, offer } of commitments) {
      const holder = talk.holders.find((one) => one.claimId === heldClaim);
      if (holder && offer.kind === 'swap') {
        await this.exchanged(holder.owner.missionId, heldClaim, talk.owner.missionId);
        await this.exchanged(talk.owner.missionId, offer.forClaimId, holder.owner.missionId);
      }
      if (holder && (offer.kind === 'hand_over_at_checkpoint' || offer.kind === 'release_at'))
        await this.tell(holder.owner.missionId, `${heldClaim}/hand-over`, {
          type: 'OrderHandOver',
          data: { claimId: heldClaim },
        });
    }
  }

  private exchanged(missionId: string, claimId: string, other: string): Promise<void> {
    const detail = `It was given to ${other} for what this run asked for, as was agreed.`;
    return this.tell(missionId, `${claimId}/exchanged`, {
      type: 'RecordAskExchanged',
      data: { claimId, detail },
    });
  }

  private async failed({ data }: NegotiationFailed, event: EventEnvelope): Promise<void> {
    const { negotiationId, claimId, reason, by } = data;
    const { negotiations } = await this.parts.talk.state(scopeOf(event));
    const talk = negotiations.find((one) => one.negotiationId === negotiationId);
    if (!talk) return;
    await this.tellAll(talk, event, (_side, others) => ({
      type: 'RecordNegotiationFailed',
      data: {
        ...placeOf(event),
        negotiationId,
        claimId,
        with: [...others],
        reason,
        ...(by !== undefined && { by }),
      },
    }));
  }

  private async narrowed({ data }: LockNarrowed, event: EventEnvelope): Promise<void> {
    const { claimId, owner, resources } = data;
    const named = (reads: boolean): string[] =>
      resources.filter(({ mode }) => (mode === 'S') === reads).map(({ resource }) => resource);
    const reads = named(true);
    await this.tell(owner.missionId, `${saidAt(event)}/told`, {
      type: 'RecordLockNarrowed',
      data: {
        ...placeOf(event),
        claimId,
        resources: named(false),
        ...(reads.length > 0 && { reads }),
      },
    });
  }

  private async tellAll(
    { owner, holders }: Parties,
    event: EventEnvelope,
    told: (side: 'asker' | 'holder', others: readonly string[]) => Told,
  ): Promise<void> {
    const asker = owner.missionId;
    const others = [...new Set(holders.map((holder) => holder.owner.missionId))].filter((id) => id !== asker);
    if (others.length === 0) return;
    await this.tell(asker, `${saidAt(event)}/asker`, told('asker', others));
    for (const other of others) await this.tell(other, `${saidAt(event)}/${other}`, told('holder', [asker]));
  }

  private async tell(missionId: string, commandId: string, command: Command): Promise<void> {
    const actor = { kind: 'service', id: 'resource-lock' } as const;
    try {
      await this.parts.command({ commandId, missionId, actor, command });
    } catch (error) {
      // The mission is over or unknown here: nothing is left to tell.
      if (!isRefusal(error)) throw error;
    }
  }
}

function placeOf({ stream, version }: EventEnvelope): { readonly ledger: string; readonly version: number } {
  return { ledger: stream, version };
}

/** Names of events may be long; their place in the ledger is not. */
function saidAt({ stream, version }: EventEnvelope): string {
  return `${stream}@${String(version)}`;
}

function scopeOf({ stream }: EventEnvelope): string {
  return stream.slice('resources-'.length);
}

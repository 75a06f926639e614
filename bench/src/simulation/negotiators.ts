import {
  anyOverlap,
  blockersOf,
  choose,
  maxNegotiations,
  propose,
  type Ask,
  type LeasingEvent,
  type Ledger,
  type Stance,
  type WaitingClaim,
} from '@missions/leasing';
import type { Agenda } from './agenda.ts';
import type { Desk } from './desk.ts';
import type { MissionRun } from './mission-run.ts';

/** From what is said to what is answered. */
const answerMs = 2000;
const talkMs = 60_000;
const patienceMs = 20 * 60_000;

export interface NegotiatorParts {
  readonly agenda: Agenda;
  readonly desk: Desk;
  readonly runOf: (missionId: string) => MissionRun;
  readonly stanceOf: (run: MissionRun) => Stance;
}

/** The policy negotiators of all runs: they ask, offer and choose; whether it counts is the ledger's decision. */
export class Negotiators {
  private said = 0;

  constructor(private readonly parts: NegotiatorParts) {}

  on(event: LeasingEvent, scope: string): void {
    switch (event.type) {
      case 'LockRequested': {
        this.askHolders(scope, (waiting) => waiting.claimId === event.data.claimId);
        return;
      }
      case 'LockGranted': {
        this.askHolders(scope, (_, holders) => holders.includes(event.data.claimId));
        return;
      }
      case 'NegotiationOpened': {
        this.later(() => {
          for (const { claimId } of event.data.holders) this.offer(event.data.negotiationId, claimId, scope);
        });
        return;
      }
      case 'ProposalMade': {
        this.later(() => {
          this.answer(event.data.negotiationId, scope);
        });
        return;
      }
      case 'ProposalCountered': {
        this.later(() => {
          this.answerCounter(event.data, scope);
        });
        return;
      }
      case 'NegotiationSettled':
        for (const { offer } of event.data.commitments) this.parts.desk.count(`settled ${offer.kind}`);
        return;
      default:
        return;
    }
  }

  /** After a checkpoint a holder can give what it could not before. */
  onCheckpoint({ scope, claimId }: MissionRun): void {
    this.askHolders(scope, (_, holders) => holders.includes(claimId));
  }

  // Only who is next asks: for somebody further back nobody need give way yet.
  private askHolders(
    scope: string,
    asks: (waiting: WaitingClaim, holders: readonly string[]) => boolean,
  ): void {
    const { agenda, desk } = this.parts;
    const ledger = desk.ledger(scope);
    for (const waiting of ledger.queue) {
      const isAsking = [...ledger.talk.open.values()].some(({ claimId }) => claimId === waiting.claimId);
      if (isAsking || (ledger.talk.asked.get(waiting.claimId) ?? 0) >= maxNegotiations) continue;
      const { holders, earlier } = blockersOf(waiting, ledger, agenda.at);
      const names = holders.map(({ claimId }) => claimId);
      if (earlier.length > 0 || names.length === 0 || !asks(waiting, names)) continue;
      const data = { negotiationId: this.name('talk'), claimId: waiting.claimId, withinMs: talkMs };
      desk.send(scope, { type: 'OpenNegotiation', data });
    }
  }

  private offer(negotiationId: string, claimId: string, scope: string): void {
    const { desk, runOf, stanceOf } = this.parts;
    const ledger = desk.ledger(scope);
    const held = ledger.held.get(claimId);
    const asker = askerOf(negotiationId, ledger);
    if (held === undefined || asker === undefined) return;
    const run = runOf(held.owner.missionId);
    const offer = propose(
      { ...run.situation(), resources: held.resources, stance: stanceOf(run), priority: run.plan.priority },
      this.askOf(asker, held.resources),
    );
    const holder = { claimId, token: held.token };
    const data = { negotiationId, proposalId: this.name('offer'), holder, offer };
    desk.send(scope, { type: 'MakeProposal', data });
  }

  private answer(negotiationId: string, scope: string): void {
    const { agenda, desk } = this.parts;
    const ledger = desk.ledger(scope);
    const asker = askerOf(negotiationId, ledger);
    const proposals = ledger.talk.open.get(negotiationId)?.proposals ?? [];
    if (asker === undefined) return;
    for (const { holder } of proposals.filter(({ state }) => state === 'open')) {
      const ofHolder = proposals.filter((one) => one.holder.claimId === holder.claimId);
      const held = ledger.held.get(holder.claimId)?.resources ?? [];
      const { canShare = false } = this.askOf(asker, held);
      const by = new Date(Date.parse(agenda.at) + patienceMs).toISOString();
      const choice = choose(ofHolder, { at: agenda.at, by, canShare, gives: [] });
      const { claimId } = asker;
      if (choice.kind === 'accept') {
        const data = { negotiationId, proposalId: choice.proposalId, by: { claimId } };
        desk.send(scope, { type: 'AcceptProposal', data });
      }
      if (choice.kind === 'counter') {
        const { proposalId: counters, offer } = choice;
        const data = { negotiationId, proposalId: this.name('counter'), counters, claimId, offer };
        desk.send(scope, { type: 'CounterProposal', data });
      }
    }
  }

  private answerCounter(
    {
      negotiationId,
      proposalId,
      holder,
      offer,
    }: Extract<LeasingEvent, { type: 'ProposalCountered' }>['data'],
    scope: string,
  ): void {
    const { agenda, desk, runOf } = this.parts;
    const held = desk.ledger(scope).held.get(holder.claimId);
    if (held === undefined || offer.kind !== 'hand_over_at_checkpoint') return;
    const { nextCheckpointInMs = Infinity } = runOf(held.owner.missionId).situation();
    const inTime = nextCheckpointInMs <= Date.parse(offer.latestAt) - Date.parse(agenda.at);
    const type = inTime ? 'AcceptProposal' : 'RefuseNegotiation';
    if (type === 'AcceptProposal')
      desk.send(scope, { type, data: { negotiationId, proposalId, by: holder } });
    else desk.send(scope, { type, data: { negotiationId, by: holder } });
  }

  private askOf({ owner, resources }: WaitingClaim, held: WaitingClaim['resources']): Ask {
    const { priority } = this.parts.runOf(owner.missionId).plan;
    const canShare = !resources.some((want) => want.mode !== 'S' && anyOverlap([want], held));
    return { owner, resources, priority, canShare };
  }

  private name(kind: string): string {
    this.said += 1;
    return `${kind}-${String(this.said)}`;
  }

  private later(act: () => void): void {
    this.parts.agenda.after(answerMs, act);
  }
}

function askerOf(negotiationId: string, { talk, queue }: Ledger): WaitingClaim | undefined {
  const claimId = talk.open.get(negotiationId)?.claimId;
  return queue.find((waiting) => waiting.claimId === claimId);
}

import {
  askOf,
  canShare,
  choose,
  mayAsk,
  propose,
  situationOf,
  whoStepsBack,
  type Circumstances,
  type LeasingEvent,
  type LedgerView,
  type Precedence,
  type Stance,
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
  readonly precedence: Precedence;
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
        this.letPass(scope);
        this.askHolders(scope, (waiting) => waiting.claimId === event.data.claimId);
        return;
      }
      case 'LockGranted': {
        this.letPass(scope);
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
        this.count(event.data, scope);
        return;
      default:
        return;
    }
  }

  /** After a checkpoint a holder can give what it could not before. */
  onCheckpoint({ scope, claimId }: MissionRun): void {
    this.letPass(scope);
    this.askHolders(scope, (_, holders) => holders.includes(claimId));
  }

  private askHolders(scope: string, asks: (waiting: Waiting, holders: readonly string[]) => boolean): void {
    const { desk } = this.parts;
    const circumstances = this.circumstances(scope);
    const asking = openTalks(circumstances.ledger).map(({ claimId }) => claimId);
    for (const waiting of circumstances.ledger.queue) {
      const holders = waiting.holders.map(({ claimId }) => claimId);
      if (asking.includes(waiting.claimId) || !asks(waiting, holders)) continue;
      if (!mayAsk(waiting, circumstances)) continue;
      const data = { negotiationId: this.name('talk'), claimId: waiting.claimId, withinMs: talkMs };
      desk.send(scope, { type: 'OpenNegotiation', data });
    }
  }

  private offer(negotiationId: string, claimId: string, scope: string): void {
    const { desk, runOf, stanceOf } = this.parts;
    const circumstances = this.circumstances(scope);
    const held = circumstances.ledger.held.find((grant) => grant.claimId === claimId);
    const asker = askerOf(negotiationId, circumstances.ledger);
    if (held === undefined || asker === undefined) return;
    const run = runOf(held.owner.missionId);
    const own = { ...run.ownWork, stance: stanceOf(run), priority: run.plan.priority };
    const { priority } = runOf(asker.owner.missionId).plan;
    const offer = propose(
      situationOf(held, own, circumstances),
      askOf(asker, { held, priority }, circumstances),
    );
    const holder = { claimId, token: held.token };
    const data = { negotiationId, proposalId: this.name('offer'), holder, offer };
    desk.send(scope, { type: 'MakeProposal', data });
  }

  private answer(negotiationId: string, scope: string): void {
    const { agenda, desk } = this.parts;
    const ledger = desk.view(scope);
    const asker = askerOf(negotiationId, ledger);
    const proposals = openTalks(ledger).find((talk) => talk.negotiationId === negotiationId)?.proposals ?? [];
    if (asker === undefined) return;
    for (const { holder } of proposals.filter(({ state }) => state === 'open')) {
      const ofHolder = proposals.filter((one) => one.holder.claimId === holder.claimId);
      const held = ledger.held.find(({ claimId }) => claimId === holder.claimId);
      const by = new Date(Date.parse(agenda.at) + patienceMs).toISOString();
      const reads = held !== undefined && canShare(asker, held);
      const choice = choose(ofHolder, { at: agenda.at, by, canShare: reads, gives: [] });
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
    const { nextCheckpointInMs = Infinity } = runOf(held.owner.missionId).ownWork;
    const inTime = nextCheckpointInMs <= Date.parse(offer.latestAt) - Date.parse(agenda.at);
    const type = inTime ? 'AcceptProposal' : 'RefuseNegotiation';
    if (type === 'AcceptProposal')
      desk.send(scope, { type, data: { negotiationId, proposalId, by: holder } });
    else desk.send(scope, { type, data: { negotiationId, by: holder } });
  }

  private circumstances(scope: string): Circumstances & { readonly ledger: LedgerView } {
    const { agenda, desk, precedence } = this.parts;
    return { ledger: desk.view(scope), standings: precedence.asOf(agenda.at), at: agenda.at };
  }

  private letPass(scope: string): void {
    for (const { earlier } of whoStepsBack(this.circumstances(scope)))
      this.parts.runOf(earlier.owner.missionId).stepBack();
  }

  private count(
    { commitments, claimId }: Extract<LeasingEvent, { type: 'NegotiationSettled' }>['data'],
    scope: string,
  ): void {
    const { ledger, standings } = this.circumstances(scope);
    const asker = ledger.queue.find((one) => one.claimId === claimId);
    for (const { offer, claimId: by } of commitments) {
      const holder = ledger.held.find((one) => one.claimId === by);
      const byRight = asker !== undefined && holder !== undefined && standings.wouldBeFirst(asker, holder);
      const isTimed = offer.kind === 'hand_over_at_checkpoint' || offer.kind === 'release_at';
      const why = isTimed ? (byRight ? ' by right' : ' by goodwill') : '';
      this.parts.desk.count(`agreed ${offer.kind}${why}`);
    }
  }

  private name(kind: string): string {
    this.said += 1;
    return `${kind}-${String(this.said)}`;
  }

  private later(act: () => void): void {
    this.parts.agenda.after(answerMs, act);
  }
}

type Waiting = LedgerView['queue'][number];

function openTalks({ negotiations }: LedgerView): LedgerView['negotiations'] {
  return negotiations.filter(({ outcome }) => outcome === undefined);
}

function askerOf(negotiationId: string, ledger: LedgerView): Waiting | undefined {
  const claimId = openTalks(ledger).find((talk) => talk.negotiationId === negotiationId)?.claimId;
  return ledger.queue.find((waiting) => waiting.claimId === claimId);
}

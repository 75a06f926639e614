import {
  anyOverlap,
  blockersOf,
  choose,
  commitmentOf,
  maxNegotiations,
  propose,
  type Ask,
  type LeasingEvent,
  type Ledger,
  workKey,
  wouldBeFirst,
  type Owner,
  type Stance,
  type Precedence,
  type WaitingClaim,
} from '@missions/leasing';
import type { Agenda } from './agenda.ts';
import type { Desk } from './desk.ts';
import type { MissionRun } from './mission-run.ts';

/** From what is said to what is answered. */
const answerMs = 2000;
const talkMs = 60_000;
const patienceMs = 20 * 60_000;
/** A claim may ask only so often; some of it is kept for when it may insist. */
const keptForRights = 3;

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
  /** Who let whom pass out of goodwill. */
  private readonly passed: { readonly who: string; readonly whom: string }[] = [];

  constructor(private readonly parts: NegotiatorParts) {}

  on(event: LeasingEvent, scope: string): void {
    switch (event.type) {
      case 'LockRequested': {
        this.expect(event.data.owner);
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
        this.remember(event.data, scope);
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

  // Only who is next asks: for somebody further back nobody need give way yet.
  private askHolders(
    scope: string,
    asks: (waiting: WaitingClaim, holders: readonly string[]) => boolean,
  ): void {
    const { agenda, desk } = this.parts;
    const ledger = desk.ledger(scope);
    for (const waiting of ledger.queue) {
      const isAsking = [...ledger.talk.open.values()].some(({ claimId }) => claimId === waiting.claimId);
      const asked = ledger.talk.asked.get(waiting.claimId) ?? 0;
      if (isAsking || asked >= maxNegotiations) continue;
      const { holders, earlier } = blockersOf(waiting, ledger, agenda.at);
      const names = holders.map(({ claimId }) => claimId);
      if (earlier.length > 0 || names.length === 0 || !asks(waiting, names)) continue;
      const own = this.standingOf(waiting.owner);
      const hasRight = holders.every(({ owner }) => wouldBeFirst(own, this.standingOf(owner)));
      if (!hasRight && asked >= maxNegotiations - keptForRights) continue;
      const data = { negotiationId: this.name('talk'), claimId: waiting.claimId, withinMs: talkMs };
      desk.send(scope, { type: 'OpenNegotiation', data });
    }
  }

  private offer(negotiationId: string, claimId: string, scope: string): void {
    const { agenda, desk, runOf, stanceOf } = this.parts;
    const ledger = desk.ledger(scope);
    const held = ledger.held.get(claimId);
    const asker = askerOf(negotiationId, ledger);
    if (held === undefined || asker === undefined) return;
    const run = runOf(held.owner.missionId);
    const { inLineMs, delayedMs } = this.standingOf(held.owner);
    const own = {
      resources: held.resources,
      stance: stanceOf(run),
      priority: run.plan.priority,
      gaveWay: this.letPassBy(held.owner).length,
    };
    const offer = propose(
      { ...run.situation(), ...own, inLineMs, delayedMs, ...promiseOf(claimId, ledger, agenda.at) },
      {
        ...this.askOf(asker, held.resources),
        letHolderPass: this.letPassBy(asker.owner).includes(workKey(held.owner)),
      },
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
    const { plan, expectedMs } = this.parts.runOf(owner.missionId);
    const canShare = !resources.some((want) => want.mode !== 'S' && anyOverlap([want], held));
    const { inLineMs } = this.standingOf(owner);
    return { owner, resources, priority: plan.priority, canShare, expectedMs, inLineMs };
  }

  private expect(owner: Owner): void {
    this.parts.precedence.expect(owner, this.parts.runOf(owner.missionId).pieceMs);
  }

  private letPassBy(owner: Owner): readonly string[] {
    return this.passed.filter(({ who }) => who === workKey(owner)).map(({ whom }) => whom);
  }

  private standingOf(owner: Owner): { readonly inLineMs: number; readonly delayedMs: number } {
    const standing = this.parts.precedence.standing(owner, this.parts.agenda.at);
    return { inLineMs: standing?.inLineMs ?? -1, delayedMs: -(standing?.aheadMs ?? 0) };
  }

  // Who came first in fact, but only because others gave way to it, lets those through who would have come first.
  private letPass(scope: string): void {
    const { agenda, desk, runOf } = this.parts;
    for (const waiting of desk.ledger(scope).queue) {
      const own = this.standingOf(waiting.owner);
      if (own.inLineMs < 0) continue;
      const ledger = desk.ledger(scope);
      for (const { owner } of blockersOf(waiting, ledger, agenda.at).earlier)
        if (wouldBeFirst(own, this.standingOf(owner))) runOf(owner.missionId).stepBack();
    }
  }

  private remember(
    { commitments, claimId }: Extract<LeasingEvent, { type: 'NegotiationSettled' }>['data'],
    scope: string,
  ): void {
    const { desk } = this.parts;
    const { held, queue } = desk.ledger(scope);
    const asker = queue.find((one) => one.claimId === claimId)?.owner;
    for (const { offer, claimId: by } of commitments) {
      const holder = held.get(by)?.owner;
      const byRight =
        asker !== undefined &&
        holder !== undefined &&
        wouldBeFirst(this.standingOf(asker), this.standingOf(holder));
      const isTimed = offer.kind === 'hand_over_at_checkpoint' || offer.kind === 'release_at';
      desk.count(`agreed ${offer.kind}${isTimed ? (byRight ? ' by right' : ' by goodwill') : ''}`);
      if (isTimed && !byRight && asker !== undefined && holder !== undefined)
        this.passed.push({ who: workKey(holder), whom: workKey(asker) });
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

function askerOf(negotiationId: string, { talk, queue }: Ledger): WaitingClaim | undefined {
  const claimId = talk.open.get(negotiationId)?.claimId;
  return queue.find((waiting) => waiting.claimId === claimId);
}

function promiseOf(claimId: string, { talk }: Ledger, at: string): { readonly promisedInMs?: number } {
  const promise = commitmentOf(talk, claimId);
  return promise === undefined
    ? {}
    : { promisedInMs: Math.max(0, Date.parse(promise.until) - Date.parse(at)) };
}

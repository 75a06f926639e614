import type { EventEnvelope } from '@missions/kernel';
import {
  askOf,
  canShare,
  choose,
  leasingEventSchema,
  mayAsk,
  propose,
  situationOf,
  type Circumstances,
  type HolderSituation,
  type LedgerView,
  type NegotiationOpened,
  type Precedence,
  type ProposalCountered,
  type ProposalMade,
  type Stance,
} from '@missions/leasing';
import { isAskClaim, missionEventSchemas, openRun, type Mission, type RunState } from '@missions/mission';
import type { RunOutlook } from '@missions/runs';
import { exchangeable, ownWorkOf, runOfClaim } from './holder-situation.ts';
import type { LedgerTalk } from './ledger-talk.ts';

export interface NegotiateForRunsParts {
  readonly talk: LedgerTalk;
  /** By the events of all ledgers. */
  readonly precedence: () => Promise<Precedence>;
  /** Has those who came first only by others' giving way let through who is behind them. */
  readonly letPass: (circumstances: Circumstances) => Promise<void>;
  readonly mission: (missionId: string) => Promise<Mission>;
  /** What the holder of a run said last; undefined when nobody holds it. */
  readonly outlook: (runId: string) => Promise<RunOutlook | undefined>;
  /** Claims that wait in the queues of their ledgers. */
  readonly waiting: () => Promise<readonly { readonly claimId: string; readonly scope: string }[]>;
  readonly now: () => Date;
  /** How long a talk may last; 0 for none. */
  readonly talkMs: number;
}

/** So soon an asker would like to have it; a later promise is countered once with this. */
const patienceMs: Readonly<Record<Stance, number>> = {
  greedy: 60_000,
  neutral: 300_000,
  yielding: 1_800_000,
};
/** Before the end of a talk the engine chooses for an agent that has not. */
const lastCallMs = 15_000;
/** Who was refused asks again after this; the ledger allows eight talks in all. */
const askAgainMs = 300_000;
/** An agent thinks for longer than the engine. */
const agentTalks = 4;
/** A promise beyond this is no better than the queue. */
const anyTimeMs = 86_400_000;

type Talk = LedgerView['negotiations'][number];

/**
 * The negotiators of all runs: each waiting claim that is next in line asks who is in its way, each holder offers what its run
 * can spare, and the asker chooses. Any replica may do it for any run, from the log and the rows; what two of them say is one
 * fact. Nothing here waits for an answer: answers are events.
 */
export class NegotiateForRuns {
  constructor(private readonly parts: NegotiateForRunsParts) {}

  concerns({ stream, type }: EventEnvelope): boolean {
    if (this.parts.talkMs === 0) return false;
    if (!stream.startsWith('resources-'))
      return type === 'FeatureWaiting' || type === 'RunWaiting' || type === 'LockOfferChosen';
    return type === 'NegotiationOpened' || type === 'ProposalMade' || type === 'ProposalCountered';
  }

  async follow(event: EventEnvelope): Promise<void> {
    if (event.type === 'LockOfferChosen') return this.accept(event);
    if (event.stream.startsWith('mission-')) return this.waits(event);
    const scope = event.stream.slice('resources-'.length);
    const parsed = leasingEventSchema.safeParse({ type: event.type, data: event.data });
    if (!parsed.success) return;
    const { data: said } = parsed;
    if (said.type === 'NegotiationOpened') await this.offer(scope, said);
    if (said.type === 'ProposalMade') await this.choose(scope, said);
    if (said.type === 'ProposalCountered') await this.answer(scope, said);
  }

  /** A mission waits, now for this holder: its claim asks, when it is next in line. */
  private async waits({ stream }: EventEnvelope): Promise<void> {
    const mission = await this.parts.mission(stream.slice('mission-'.length));
    const run = openRun(mission);
    if (!run) return;
    if (run.lock && !run.lock.granted) await this.ask(run.lock);
    for (const { claimId, resource, granted, refused } of run.asks ?? [])
      if (!granted && !refused) await this.ask({ claimId, resources: [resource] });
  }

  private async ask({
    claimId,
    resources,
  }: Pick<NonNullable<RunState['lock']>, 'claimId' | 'resources'>): Promise<void> {
    const here = await this.circumstances(scopeOf(resources));
    await this.parts.letPass(here);
    const waiting = here.ledger.queue.find((claim) => claim.claimId === claimId);
    if (waiting) await this.askIn(here, waiting);
  }

  private async circumstances(scope: string): Promise<Here> {
    const ledger = await this.parts.talk.state(scope);
    const at = this.parts.now().toISOString();
    return { scope, ledger, at, standings: (await this.parts.precedence()).asOf(at) };
  }

  private async askIn(here: Here, waiting: LedgerView['queue'][number]): Promise<void> {
    if (!mayAsk(waiting, here)) return;
    const { claimId, owner, talks = 0 } = waiting;
    const { asks = [] } = runOfClaim(await this.parts.mission(owner.missionId), claimId) ?? {};
    const reason = asks.find((ask) => ask.claimId === claimId)?.reason;
    await this.parts.talk.open({
      scope: here.scope,
      negotiationId: `${claimId}/talk-${String(talks + 1)}`,
      claimId,
      withinMs: this.parts.talkMs * (isAskClaim(claimId) ? agentTalks : 1),
      ...(reason !== undefined && { reason }),
    });
  }

  /** An agent chose one of the offers it was told of. */
  private async accept({ data, stream }: EventEnvelope): Promise<void> {
    const { runId, claimId, negotiationId, proposalId } = missionEventSchemas.LockOfferChosen.parse(data);
    const mission = await this.parts.mission(stream.slice('mission-'.length));
    const ask = mission.runs[runId]?.asks?.find((one) => one.claimId === claimId);
    if (!ask || ask.granted) return;
    const scope = scopeOf([ask.resource]);
    await this.parts.talk.accept({ scope, negotiationId, proposalId, by: { claimId } });
  }

  private async offer(scope: string, { data }: NegotiationOpened): Promise<void> {
    const here = await this.circumstances(scope);
    const talk = openTalk(here.ledger, data.negotiationId);
    for (const { claimId } of talk?.holders ?? []) if (talk) await this.offerOf({ ...here, talk }, claimId);
  }

  private async offerOf({ talk, ...here }: InTalk, claimId: string, round = 0): Promise<void> {
    const { negotiationId } = talk;
    const { held: grants, queue } = here.ledger;
    const held = grants.find((grant) => grant.claimId === claimId);
    const waiting = queue.find((claim) => claim.claimId === talk.claimId);
    const holder = held && (await this.situation(held, here));
    if (!held || !waiting || !holder) return;
    const { priority } = await this.parts.mission(waiting.owner.missionId);
    const gives = await this.gives(waiting);
    await this.parts.talk.propose({
      scope: here.scope,
      negotiationId,
      proposalId: `${negotiationId}/${claimId}/${String(round)}`,
      holder: { claimId, token: held.token },
      offer: propose(holder, askOf(waiting, { held, priority, gives }, here)),
    });
  }

  private async situation(
    held: LedgerView['held'][number],
    here: Circumstances,
  ): Promise<HolderSituation | undefined> {
    const mission = await this.parts.mission(held.owner.missionId);
    const run = runOfClaim(mission, held.claimId);
    if (!run) return undefined;
    const outlook = await this.parts.outlook(run.id);
    return situationOf(held, ownWorkOf({ mission, run }, held, { outlook, at: here.at }), here);
  }

  /** What the run that waits for it would give in exchange. */
  private async gives({ claimId, owner }: LedgerView['queue'][number]): Promise<readonly string[]> {
    const mission = await this.parts.mission(owner.missionId);
    const run = runOfClaim(mission, claimId);
    return run ? exchangeable({ mission, run }, await this.parts.outlook(run.id)) : [];
  }

  private async choose(scope: string, { data: { negotiationId, holder } }: ProposalMade): Promise<void> {
    const ledger = await this.parts.talk.state(scope);
    const talk = openTalk(ledger, negotiationId);
    // An agent chooses itself, as long as there is time for it to.
    if (talk && !isAskClaim(talk.claimId)) await this.chooseOf({ scope, ledger }, talk, holder.claimId);
  }

  /**
   * What is due by time alone: for agents that have not chosen when the talk is about to end, the engine does; and who was
   * refused asks again later, since a holder that goes on working can spare more.
   */
  async look(): Promise<void> {
    if (this.parts.talkMs === 0) return;
    // Read on also while nobody waits, so that nobody has to wait until all of it is read.
    await this.parts.precedence();
    const waiting = await this.parts.waiting();
    const faults: unknown[] = [];
    // A ledger that cannot be read keeps no other from being looked at.
    for (const scope of new Set(waiting.map((claim) => claim.scope))) {
      const claims = waiting.filter((claim) => claim.scope === scope);
      await this.lookIn(scope, claims).catch((error: unknown) => faults.push(error));
    }
    if (faults.length > 0) throw faults[0];
  }

  private async lookIn(scope: string, claims: readonly { readonly claimId: string }[]): Promise<void> {
    const here = await this.circumstances(scope);
    await this.parts.letPass(here);
    for (const { claimId } of claims) await this.lookAt(here, claimId);
  }

  private async lookAt(here: Here, claimId: string): Promise<void> {
    const inMs = (ms: number): string => new Date(this.parts.now().getTime() + ms).toISOString();
    const talks = here.ledger.negotiations.filter((talk) => talk.claimId === claimId);
    const open = talks.find(({ outcome }) => !outcome);
    if (open && isAskClaim(claimId) && open.deadline < inMs(lastCallMs))
      for (const holder of open.holders) await this.chooseOf(here, open, holder.claimId);
    const isLongAgo = talks.every(({ outcome }) => outcome && outcome.at < inMs(-askAgainMs));
    const waiting = here.ledger.queue.find((claim) => claim.claimId === claimId);
    if (talks.length > 0 && isLongAgo && waiting) await this.askIn(here, waiting);
  }

  private async chooseOf(
    { scope, ledger }: Pick<Here, 'scope' | 'ledger'>,
    talk: Talk,
    holderClaim: string,
  ): Promise<void> {
    const { negotiationId } = talk;
    const waiting = ledger.queue.find((claim) => claim.claimId === talk.claimId);
    const ofHolder = talk.proposals.filter(({ holder }) => holder.claimId === holderClaim);
    const madeAt = ofHolder.at(-1)?.madeAt;
    const held = ledger.held.find(({ claimId }) => claimId === holderClaim);
    if (!waiting || !held || madeAt === undefined) return;
    const mission = await this.parts.mission(waiting.owner.missionId);
    // Whoever is no run of ours speaks for itself.
    if (!runOfClaim(mission, waiting.claimId)) return;
    // Who was asked for an earlier time once has said all it can: any promise is better than none.
    const isLastWord = ofHolder.some(({ from }) => from === 'asker');
    const withinMs = isLastWord ? anyTimeMs : patienceMs[mission.stance];
    const choice = choose(ofHolder, {
      at: madeAt,
      by: new Date(Date.parse(madeAt) + withinMs).toISOString(),
      canShare: canShare(waiting, held),
      gives: await this.gives(waiting),
    });
    const { claimId } = waiting;
    if (choice.kind === 'accept')
      await this.parts.talk.accept({ scope, negotiationId, proposalId: choice.proposalId, by: { claimId } });
    if (choice.kind === 'counter')
      await this.parts.talk.counter({
        scope,
        negotiationId,
        proposalId: `${choice.proposalId}/counter`,
        counters: choice.proposalId,
        claimId,
        offer: choice.offer,
      });
  }

  /** A holder that can stop in the time the asker would like agrees; else it says once more what it can do. */
  private async answer(scope: string, { data }: ProposalCountered): Promise<void> {
    const { negotiationId, proposalId, holder, offer, counteredAt } = data;
    const here = await this.circumstances(scope);
    const talk = openTalk(here.ledger, negotiationId);
    const held = here.ledger.held.find(({ claimId }) => claimId === holder.claimId);
    const situation = talk && held && (await this.situation(held, here));
    if (!talk || !situation) return;
    const { nextCheckpointInMs } = situation;
    const withinMs =
      offer.kind === 'hand_over_at_checkpoint' ? Date.parse(offer.latestAt) - Date.parse(counteredAt) : 0;
    if (nextCheckpointInMs !== undefined && nextCheckpointInMs < withinMs)
      await this.parts.talk.accept({ scope, negotiationId, proposalId, by: holder });
    else await this.offerOf({ ...here, talk }, holder.claimId, talk.rounds);
  }
}

interface Here extends Circumstances {
  readonly scope: string;
  readonly ledger: LedgerView;
}

interface InTalk extends Here {
  readonly talk: Talk;
}

function scopeOf(resources: readonly string[]): string {
  return resources[0]?.split('/')[1] ?? '';
}

function openTalk({ negotiations }: LedgerView, negotiationId: string): Talk | undefined {
  return negotiations.find((one) => one.negotiationId === negotiationId && !one.outcome);
}

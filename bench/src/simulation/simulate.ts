import { commitmentOf, Precedence, type LeasingEvent, type Stance } from '@missions/leasing';
import { Agenda } from './agenda.ts';
import { Desk } from './desk.ts';
import type { MissionPlan, Piece } from './mission-plan.ts';
import { MissionRun } from './mission-run.ts';
import { Negotiators } from './negotiators.ts';

/** How missions share: one after another, by paths and modes, or also by talk. */
export type Policy = 'exclusive' | 'paths' | 'negotiation';

/** What became of one mission. */
export interface Fate {
  readonly missionId: string;
  readonly waitedMs: number;
  readonly longestWaitMs: number;
  /** From its start to its end. */
  readonly tookMs: number;
  readonly finishedAtMs: number;
  readonly lostMs: number;
}

export interface Outcome {
  readonly fates: readonly Fate[];
  /** How often each event, refusal and kind of settled offer came up. */
  readonly counts: Readonly<Record<string, number>>;
  readonly mostTalks: number;
}

/** Plays the missions under one policy; `stance` takes the place of each mission's own. */
export function simulate(plans: readonly MissionPlan[], policy: Policy, stance?: Stance): Outcome {
  const agenda = new Agenda();
  const desk = new Desk(agenda);
  const runs = new Map<string, MissionRun>();
  const runOf = (missionId: string): MissionRun => {
    const run = runs.get(missionId);
    if (run === undefined) throw new Error(`There is no ${missionId}.`);
    return run;
  };
  const stanceOf = (run: MissionRun): Stance => stance ?? run.plan.stance;
  const precedence = new Precedence();
  const negotiators = new Negotiators({ agenda, desk, precedence, runOf, stanceOf });
  const negotiates = policy === 'negotiation';
  desk.listen((event, scope) => {
    if (negotiates) precedence.take(event);
    if ('owner' in event.data && event.type !== 'LockRequested') runOf(event.data.owner.missionId).on(event);
    if (negotiates) negotiators.on(event, scope);
    if (event.type === 'NegotiationSettled') enforce(event, scope, { agenda, desk, runOf });
  });
  const onCheckpoint = (run: MissionRun): void => {
    if (negotiates) negotiators.onCheckpoint(run);
  };
  desk.send('host', { type: 'SizePool', data: { resource: 'pool:/host/browsers', capacity: 6 } });
  const parts = { agenda, desk, wantsOf: wantsUnder(policy), onCheckpoint };
  for (const plan of plans) {
    const run = new MissionRun(plan, parts);
    runs.set(plan.missionId, run);
    run.start();
  }
  agenda.run();
  return {
    fates: [...runs.values()].map(fateOf),
    counts: Object.fromEntries(desk.counts),
    mostTalks: desk.mostTalks,
  };
}

function wantsUnder(policy: Policy): (piece: Piece) => Piece['declared'] {
  return ({ declared }) => {
    const isBuild = declared.some(({ resource }) => resource.startsWith('path:'));
    return policy === 'exclusive' && isBuild ? [{ resource: 'repo:/repo', mode: 'X' }] : declared;
  };
}

// What the sweeper does: beyond the promised instant the lease is not renewed.
function enforce(
  { data: { commitments } }: Extract<LeasingEvent, { type: 'NegotiationSettled' }>,
  scope: string,
  {
    agenda,
    desk,
    runOf,
  }: {
    readonly agenda: Agenda;
    readonly desk: Desk;
    readonly runOf: (missionId: string) => MissionRun;
  },
): void {
  for (const { claimId, token } of commitments) {
    const promised = commitmentOf(desk.ledger(scope).talk, claimId);
    const holder = desk.ledger(scope).held.get(claimId)?.owner;
    if (promised === undefined || holder === undefined) continue;
    runOf(holder.missionId).onPromise(claimId);
    agenda.after(Date.parse(promised.until) - Date.parse(agenda.at), () => {
      const stillHeld = commitmentOf(desk.ledger(scope).talk, claimId)?.until === promised.until;
      if (stillHeld) desk.send(scope, { type: 'ExpireLease', data: { claimId, token } });
    });
  }
}

function fateOf({ plan, waitsMs, finishedAtMs, lostMs }: MissionRun): Fate {
  if (finishedAtMs === undefined) throw new Error(`${plan.missionId} never ended.`);
  return {
    missionId: plan.missionId,
    waitedMs: waitsMs.reduce((sum, one) => sum + one, 0),
    longestWaitMs: Math.max(0, ...waitsMs),
    tookMs: finishedAtMs - plan.startsAtMs,
    finishedAtMs,
    lostMs,
  };
}

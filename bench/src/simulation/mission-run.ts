import {
  commitmentOf,
  resumeMs,
  scopeOf,
  type LeasingEvent,
  type Owner,
  type OwnWork,
  type Want,
} from '@missions/leasing';
import type { Agenda } from './agenda.ts';
import type { Desk } from './desk.ts';
import type { MissionPlan, Piece, Stretch } from './mission-plan.ts';
import { inRepository } from './touches.ts';

export interface RunParts {
  readonly agenda: Agenda;
  readonly desk: Desk;
  /** What the mission claims for a piece it has not begun. */
  readonly wantsOf: (piece: Piece) => readonly Want[];
  /** Told when work can go on from here in other hands. */
  readonly onCheckpoint: (run: MissionRun) => void;
}

/** Within this after a checkpoint a run has done nothing yet that it would lose. */
const fromScratchMs = 60_000;
/** Nobody looks at what was committed, only that something was. */
const anyCommit = '0'.repeat(40);

/** One mission in simulated time: it claims, works, gives back, and keeps what its negotiator promised. */
export class MissionRun {
  private piece = 0;
  private stretch = 0;
  private claims = 0;
  private requestedAtMs = 0;
  private stretchBeganAtMs = 0;
  private wasLate = false;
  private resumes = false;
  private asks: readonly Want[] = [];
  /** Of each wait that is over. */
  readonly waitsMs: number[] = [];
  finishedAtMs: number | undefined;
  /** Work done in vain, because it was interrupted between checkpoints. */
  lostMs = 0;

  constructor(
    readonly plan: MissionPlan,
    private readonly parts: RunParts,
  ) {}

  get claimId(): string {
    return `${this.plan.missionId}/${String(this.claims)}`;
  }

  /** What it works on now, which is the same work in every claim for it. */
  get owner(): Owner {
    return { missionId: this.plan.missionId, featureId: `F-${String(this.piece + 1)}` };
  }

  get scope(): string {
    return scopeOf(this.current.declared);
  }

  start(): void {
    this.parts.agenda.after(this.plan.startsAtMs, () => {
      this.request(this.parts.wantsOf(this.current));
    });
  }

  on(event: LeasingEvent): void {
    if (event.type === 'LockGranted') this.begin();
    if (event.type === 'LockExpired') this.lose();
    if (event.type === 'LockReleased' && event.data.negotiationId !== undefined) this.lose();
  }

  /** Lets those through who are waiting behind it: it leaves the queue and joins it again. */
  stepBack(): void {
    const { desk } = this.parts;
    const { claimId } = this;
    if (!desk.send(this.scope, { type: 'WithdrawClaim', data: { claimId } })) return;
    desk.count('agreed to step back in the queue');
    this.claim(this.asks);
  }

  /** What the run knows of its own work. */
  get ownWork(): Omit<OwnWork, 'stance' | 'priority'> {
    const [now] = this.left;
    const workedMs = this.workedMs;
    const share = now === undefined ? 0 : Math.min(1, workedMs / now.actualMs);
    const touched = (now?.changes ?? []).slice(0, Math.ceil(share * (now?.changes.length ?? 0)));
    return {
      touched: touched.map((path) => inRepository(path, 'X').resource),
      needed: this.needed,
      nextCheckpointInMs: workedMs < fromScratchMs ? 0 : Math.max(0, this.foreseenMs - workedMs),
      remainingMs: Math.max(0, this.expectedMs - workedMs),
      ownMs: this.plan.pieces
        .slice(0, this.piece + 1)
        .reduce((sum, piece) => sum + foreseenOf(piece.stretches), 0),
    };
  }

  /** What is left of its work, from the last checkpoint on. */
  private get expectedMs(): number {
    return foreseenOf(this.left);
  }

  /** Since its last checkpoint. */
  private get workedMs(): number {
    return this.parts.agenda.nowMs - this.stretchBeganAtMs;
  }

  private get current(): Piece {
    const piece = this.plan.pieces[this.piece];
    if (piece === undefined) throw new Error(`${this.plan.missionId} has ended.`);
    return piece;
  }

  // Who was late once knows how long the same work takes.
  private get foreseenMs(): number {
    const [now] = this.left;
    if (now === undefined) return 0;
    return this.wasLate ? now.actualMs : now.foreseenMs;
  }

  private get left(): readonly Stretch[] {
    return this.current.stretches.slice(this.stretch);
  }

  private get needed(): readonly Want[] {
    const changes = this.left.flatMap((stretch) => stretch.changes);
    return [...changes.map((path) => inRepository(path, 'X')), ...this.current.reads];
  }

  private request(wants: readonly Want[]): void {
    this.requestedAtMs = this.parts.agenda.nowMs;
    this.claim(wants);
  }

  private claim(wants: readonly Want[]): void {
    this.claims += 1;
    this.asks = wants;
    const work = { id: this.owner.featureId ?? '', expectedMs: this.expectedMs };
    this.parts.desk.request(wants, { claimId: this.claimId, owner: this.owner, work });
  }

  private begin(): void {
    this.waitsMs.push(this.parts.agenda.nowMs - this.requestedAtMs);
    this.work();
  }

  private work(): void {
    const { agenda } = this.parts;
    const { claimId, left } = this;
    this.stretchBeganAtMs = agenda.nowMs;
    const actualMs = (left[0]?.actualMs ?? 0) + (this.resumes ? resumeMs : 0);
    this.resumes = false;
    agenda.after(actualMs, () => {
      if (this.claimId === claimId) this.checkpoint();
    });
  }

  private checkpoint(): void {
    const { desk, onCheckpoint } = this.parts;
    this.stretch += 1;
    this.wasLate = false;
    if (this.left.length === 0) {
      this.finishPiece();
      return;
    }
    if (commitmentOf(desk.ledger(this.scope).talk, this.claimId) !== undefined) {
      this.handOver();
      return;
    }
    this.work();
    onCheckpoint(this);
  }

  /** It promised to hand over: who has just begun stops at once, as at its last checkpoint. */
  onPromise(claimId: string): void {
    const { workedMs } = this;
    if (claimId !== this.claimId || workedMs >= fromScratchMs) return;
    this.lostMs += workedMs;
    this.handOver();
  }

  private handOver(): void {
    this.release();
    this.comeBack();
  }

  private comeBack(): void {
    this.resumes = true;
    this.request(this.needed);
  }

  private finishPiece(): void {
    const { agenda, wantsOf } = this.parts;
    this.release(this.current.stretches.some(({ changes }) => changes.length > 0));
    this.piece += 1;
    this.stretch = 0;
    const next = this.plan.pieces[this.piece];
    if (next === undefined) this.finishedAtMs = agenda.nowMs;
    else
      agenda.after(next.pauseMs, () => {
        this.request(wantsOf(next));
      });
  }

  private release(isAccepted = false): void {
    const { desk } = this.parts;
    const token = desk.ledger(this.scope).held.get(this.claimId)?.token;
    if (token === undefined) throw new Error(`${this.claimId} works without a grant.`);
    const change = isAccepted ? { change: { sha: anyCommit } } : {};
    desk.send(this.scope, { type: 'ReleaseClaim', data: { claimId: this.claimId, token, ...change } });
  }

  // What was done since the last checkpoint is done again.
  private lose(): void {
    const lostMs = this.workedMs;
    this.lostMs += lostMs;
    this.wasLate = true;
    this.comeBack();
  }
}

function foreseenOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { foreseenMs }) => sum + foreseenMs, 0);
}

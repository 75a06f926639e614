import type { HolderSituation, LeasingEvent, Want } from '@missions/leasing';
import { commitmentOf, scopeOf } from '@missions/leasing';
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

/** One mission in simulated time: it claims, works, gives back, and keeps what its negotiator promised. */
export class MissionRun {
  private piece = 0;
  private stretch = 0;
  private claims = 0;
  private requestedAtMs = 0;
  private stretchBeganAtMs = 0;
  private wasLate = false;
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

  /** What the run knows of its own grant. */
  situation(): Omit<HolderSituation, 'resources' | 'stance' | 'priority'> {
    const [now] = this.left;
    const workedMs = this.parts.agenda.nowMs - this.stretchBeganAtMs;
    const share = now === undefined ? 0 : Math.min(1, workedMs / now.actualMs);
    const touched = (now?.changes ?? []).slice(0, Math.ceil(share * (now?.changes.length ?? 0)));
    return {
      touched: touched.map((path) => inRepository(path, 'X').resource),
      needed: this.needed,
      nextCheckpointInMs: Math.max(0, this.foreseenMs - workedMs),
    };
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
    const { agenda, desk } = this.parts;
    this.claims += 1;
    this.requestedAtMs = agenda.nowMs;
    desk.request(wants, { claimId: this.claimId, missionId: this.plan.missionId });
  }

  private begin(): void {
    this.waitsMs.push(this.parts.agenda.nowMs - this.requestedAtMs);
    this.work();
  }

  private work(): void {
    const { agenda } = this.parts;
    const { claimId, left } = this;
    this.stretchBeganAtMs = agenda.nowMs;
    agenda.after(left[0]?.actualMs ?? 0, () => {
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
      this.release();
      this.request(this.needed);
      return;
    }
    this.work();
    onCheckpoint(this);
  }

  private finishPiece(): void {
    const { agenda, wantsOf } = this.parts;
    this.release();
    this.piece += 1;
    this.stretch = 0;
    const next = this.plan.pieces[this.piece];
    if (next === undefined) this.finishedAtMs = agenda.nowMs;
    else
      agenda.after(next.pauseMs, () => {
        this.request(wantsOf(next));
      });
  }

  private release(): void {
    const { desk } = this.parts;
    const token = desk.ledger(this.scope).held.get(this.claimId)?.token;
    if (token === undefined) throw new Error(`${this.claimId} works without a grant.`);
    desk.send(this.scope, { type: 'ReleaseClaim', data: { claimId: this.claimId, token } });
  }

  // What was done since the last checkpoint is done again.
  private lose(): void {
    this.lostMs += this.parts.agenda.nowMs - this.stretchBeganAtMs;
    this.wasLate = true;
    this.request(this.needed);
  }
}

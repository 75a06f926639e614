import type { Requester } from '@missions/bus';
import type { MissionCommandRequest } from '@missions/contracts';
import { isRefusal } from '@missions/kernel';
import { ledgerViewSchema, resourceSubjects, type LedgerView } from '@missions/leasing';
import { aheadInTheWay, duration, inTheWay, type Obstacle } from './obstacle.ts';

/** A claim of a mission that waits in the queue of its ledger. */
export interface WaitingLock {
  readonly claimId: string;
  readonly missionId: string;
  readonly scope: string;
  readonly since: Date;
  /** By the database's clock. */
  readonly waitedMs: number;
  /** Its mission knows already that it waits for too long. */
  readonly isOverdue: boolean;
}

/** A claim for a feature whose run is yet to come, granted or waiting. */
export type AheadLock = Pick<WaitingLock, 'claimId' | 'missionId' | 'scope'>;

export interface WaitingLocks {
  /** Of runs. */
  readonly waiting: () => Promise<readonly WaitingLock[]>;
  readonly ahead: () => Promise<readonly AheadLock[]>;
  readonly markOverdue: (claimId: string) => Promise<void>;
}

export interface WatchLockWaitsParts {
  readonly requester: Requester;
  readonly locks: WaitingLocks;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
  /** How long a claim may wait before a person is asked. */
  readonly limitMs: number;
}

const timeoutMs = 3_000;

/**
 * Tells missions what their waiting claims wait for, whenever that changes, and blocks one that waits for too long. A claim
 * keeps its place through that. One that was made ahead is given back when nothing else keeps somebody waiting. Any
 * number of replicas may watch: what is said twice is one fact.
 */
export class WatchLockWaits {
  /** What was told of each waiting claim last, so that nothing is asked of a mission while nothing changes. */
  private told: ReadonlyMap<string, string> = new Map();

  constructor(private readonly parts: WatchLockWaitsParts) {}

  async look(): Promise<void> {
    const [waiting, ahead] = await Promise.all([this.parts.locks.waiting(), this.parts.locks.ahead()]);
    const still = new Set(waiting.map(({ claimId }) => claimId));
    this.told = new Map([...this.told].filter(([claimId]) => still.has(claimId)));
    const scopes = [...new Set([...waiting, ...ahead].map(({ scope }) => scope))];
    const outcomes = await Promise.allSettled(
      scopes.map((scope) => {
        const isHere = (lock: AheadLock): boolean => lock.scope === scope;
        return this.lookAt(scope, waiting.filter(isHere), ahead.filter(isHere));
      }),
    );
    // A ledger that cannot be read keeps no other from being looked at.
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault) throw fault.reason;
  }

  private async lookAt(
    scope: string,
    waiting: readonly WaitingLock[],
    ahead: readonly AheadLock[],
  ): Promise<void> {
    const reply = await this.parts.requester.request(resourceSubjects.state, { scope }, { timeoutMs });
    const ledger = ledgerViewSchema.parse(reply);
    for (const lock of waiting) await this.tellOf(lock, ledger);
    for (const lock of aheadInTheWay(ahead, ledger)) await this.tellYield(lock, ledger.version);
  }

  private async tellYield({ claimId, missionId }: AheadLock, version: number): Promise<void> {
    await this.tell(missionId, `${claimId}/yields/${String(version)}`, {
      type: 'YieldAhead',
      data: { claimId },
    });
  }

  private async tellOf(lock: WaitingLock, ledger: LedgerView): Promise<void> {
    const obstacle = inTheWay(lock.claimId, ledger);
    // It was granted or has ended: that is told by its own event.
    if (!obstacle) return;
    await this.tellWait(lock, obstacle, ledger.version);
    if (!lock.isOverdue && lock.waitedMs >= this.parts.limitMs) await this.tellOverdue(lock, obstacle);
  }

  private async tellWait(
    { claimId, missionId }: WaitingLock,
    { wait }: Obstacle,
    version: number,
  ): Promise<void> {
    const text = JSON.stringify(wait);
    if (this.told.get(claimId) === text) return;
    await this.tell(missionId, `${claimId}/waits/${String(version)}`, {
      type: 'RecordLockWait',
      data: { claimId, ...wait },
    });
    this.told = new Map(this.told).set(claimId, text);
  }

  private async tellOverdue(
    { claimId, missionId, since, waitedMs }: WaitingLock,
    obstacle: Obstacle,
  ): Promise<void> {
    await this.tell(missionId, `${claimId}/overdue/${since.toISOString()}`, {
      type: 'RecordLockOverdue',
      data: {
        claimId,
        detail: `${claimId} has waited ${duration(waitedMs)} for ${obstacle.wait.resource}, ${obstacle.why}.`,
        needs: needs(missionId, obstacle),
      },
    });
    await this.parts.locks.markOverdue(claimId);
  }

  private async tell(
    missionId: string,
    commandId: string,
    command: MissionCommandRequest['command'],
  ): Promise<void> {
    const actor = { kind: 'service', id: 'resource-lock' } as const;
    try {
      await this.parts.command({ commandId, missionId, actor, command });
    } catch (error) {
      // The mission or the claim has moved on.
      if (!isRefusal(error)) throw error;
    }
  }
}

function needs(missionId: string, { heldClaim }: Obstacle): string {
  const look = `\`missions locks --mission ${missionId}\` shows who is in the way.`;
  const wait = `Once it is granted the mission goes on by itself; it keeps its place until then. \`missions resume ${missionId}\` waits on, and lets through again who comes first by right.`;
  if (heldClaim === undefined) return `${look} ${wait}`;
  return `${look} \`missions locks revoke ${heldClaim} --reason R\` takes it from its holder. ${wait}`;
}

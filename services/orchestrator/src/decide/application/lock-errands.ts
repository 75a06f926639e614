import {
  claimReplySchema,
  leasingEventSchema,
  resourceSubjects,
  type ClaimReply,
  type ClaimRequestInput,
  type LockDenied,
  type LockGranted,
} from '@missions/leasing';
import type { Poker, Requester } from '@missions/bus';
import { isRefusal, type EventEnvelope } from '@missions/kernel';
import type { MissionCommandRequest } from '@missions/contracts';
import {
  isAskClaim,
  missionEventSchemas,
  type Mission,
  type MissionEventData,
  type MissionCommandOf,
} from '@missions/mission';
import { claimedWork } from './claimed-work.ts';
import { revocationIn, tokenOfGrant } from './ledger-refusals.ts';
import { neverGranted, type RefusedClaim } from './never-granted.ts';
import { waitOf } from './obstacle.ts';
import { changesIn } from './shared-changes.ts';
import { claimInstead, isKnown, isOfMission, wants, wantsOf } from './wanted-claims.ts';

/** A lease that is renewed for a run as long as it is remembered here. */
export interface HeldLock {
  readonly claimId: string;
  readonly missionId: string;
  /** Empty while nobody works under it: it was asked for ahead. */
  readonly runId: string;
  readonly scope: string;
  /** The version of the grant; undefined while the claim waits in its queue. */
  readonly token: number | undefined;
}

export interface HeldLocks {
  readonly remember: (lock: HeldLock) => Promise<void>;
  readonly forget: (claimId: string) => Promise<void>;
  /** Forgets a claim; the one made in its stead, remembered yet or not, has waited as long. Of what is not remembered it is nothing. */
  readonly passOn: (claimId: string, nextClaimId: string) => Promise<void>;
  /** The time in which the mission's claims may wait begins anew. */
  readonly waitAnew: (missionId: string) => Promise<void>;
  readonly find: (claimId: string) => Promise<HeldLock | undefined>;
  readonly all: () => Promise<readonly HeldLock[]>;
}

/** What is to be known of a mission that claims something. */
export type Claimant = Pick<Mission, 'version' | 'priority' | 'runs' | 'ahead' | 'features' | 'proposal'>;

export interface LockErrandsParts {
  readonly requester: Requester;
  readonly poker: Poker;
  readonly locks: HeldLocks;
  readonly command: (request: MissionCommandRequest) => Promise<unknown>;
  readonly mission: (missionId: string) => Promise<Claimant>;
  readonly ttlMs: number;
}

type LockLoss = MissionCommandOf<'RecordLockLoss'>['data'];

const timeoutMs = 3_000;

/**
 * Carries a mission's wishes for shared resources to the resource-lock service, and its answers back.
 * Every errand may be repeated: a claim is known by its id, a grant is recorded once.
 */
export class LockErrands {
  constructor(private readonly parts: LockErrandsParts) {}

  /** Whether there is an errand to run for an event. */
  concerns({ stream, type, data }: EventEnvelope): boolean {
    if (stream.startsWith('resources-'))
      return (type === 'LockGranted' || type === 'LockDenied') && isOfMission(data);
    return type === 'LockRequested' || type === 'LockReleased' || type === 'MissionUnblocked';
  }

  /** Handles one event of a mission or of a ledger; others are left alone. */
  async follow(event: EventEnvelope): Promise<void> {
    if (event.stream.startsWith('resources-')) await this.followLedger(event);
    else if (event.type === 'LockRequested') await this.claim(event);
    else if (event.type === 'LockReleased') await this.release(event);
    else if (event.type === 'MissionUnblocked') await this.parts.locks.waitAnew(missionIdOf(event));
  }

  /** Renews what is held. Of a lease that ran out the mission is told before it is forgotten here. */
  async renewAll(): Promise<void> {
    const held = (await this.parts.locks.all()).filter(({ token }) => token !== undefined);
    const outcomes = await Promise.allSettled(held.map((lock) => this.renew(lock)));
    // A lease that could not be renewed keeps no other from being renewed.
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault) throw fault.reason;
  }

  private async renew({ claimId, missionId, scope, token }: HeldLock): Promise<void> {
    try {
      await this.request(resourceSubjects.renew, { claimId, scope, token });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (isAskClaim(claimId) && error.evidence['how'] === 'released')
        return this.exchanged(missionId, claimId);
      const refused = await this.tellLoss(missionId, { claimId, ...revocationIn(error) });
      // A reason that may not be written keeps nobody from hearing of the loss.
      if (refused === 'SECRET_IN_EVENT') await this.tellLoss(missionId, { claimId });
      await this.parts.locks.forget(claimId);
    }
  }

  private tellLoss(missionId: string, data: LockLoss): Promise<string | undefined> {
    return this.tell(missionId, `${data.claimId}/lost`, { type: 'RecordLockLoss', data });
  }

  /** It was given back, which its mission knows, or exchanged as was agreed, of which it may not have heard yet. */
  private async exchanged(missionId: string, claimId: string): Promise<void> {
    const detail = 'It was given to another mission for what this run asked for, as was agreed.';
    await this.tell(missionId, `${claimId}/exchanged`, {
      type: 'RecordAskExchanged',
      data: { claimId, detail },
    });
    if (!wants(await this.parts.mission(missionId), claimId)) await this.parts.locks.forget(claimId);
  }

  private async claim(event: EventEnvelope): Promise<void> {
    const asked = missionEventSchemas.LockRequested.parse(event.data);
    const { claimId, resources, runId, featureId } = asked;
    const missionId = missionIdOf(event);
    const mission = await this.parts.mission(missionId);
    const { priority } = mission;
    const work = claimedWork(mission, asked);
    const request: ClaimRequestInput = {
      claimId,
      // What was asked for ahead stays the feature's: its run asks for the very same claim.
      owner: { missionId, ...(featureId === undefined ? { runId } : { featureId }) },
      resources: wantsOf(asked),
      ttlMs: this.parts.ttlMs,
      ...(priority !== 0 && { stakes: { priority } }),
      ...(work && { work }),
      commandId: event.id,
      correlationId: event.correlationId,
    };
    const reply = await this.ask(request, asked);
    if (!reply) return;
    const token = reply.status === 'granted' ? reply.token : undefined;
    await this.parts.locks.remember({ claimId, missionId, runId: runId ?? '', scope: reply.scope, token });
    // The service announces no grant that its answer names; the mission is told of it by the ledger's own event.
    if (token !== undefined) this.parts.poker.poke(`resources-${reply.scope}`, token);
    // What is asked for ahead keeps no run waiting yet.
    if (reply.status === 'granted' || runId === undefined) return;
    await this.tell(missionId, `${claimId}/waits`, {
      type: 'RecordLockWait',
      data: { claimId, ...waitOf(resources, reply) },
    });
  }

  /** A claim that can never be granted blocks its mission with the reason, instead of waiting for ever. */
  private async ask(
    request: ClaimRequestInput,
    { runId, resources, ask }: MissionEventData<'LockRequested'>,
  ): Promise<ClaimReply | undefined> {
    try {
      return claimReplySchema.parse(await this.request(resourceSubjects.claim, request));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Of one made ahead its run will hear; that it was granted and has run out is told when it cannot be renewed.
      if (runId === undefined || error.code === 'CLAIM_ENDED') return undefined;
      const { claimId, owner } = request;
      if (ask) return this.refuseAsk(owner.missionId, { claimId, code: error.code, detail: error.message });
      const isCircle = error.code === 'LOCK_CYCLE';
      await this.block(owner.missionId, claimId, {
        ...owner,
        runId,
        resources,
        why: error.message,
        isCircle,
      });
      return undefined;
    }
  }

  private async block(missionId: string, claimId: string, refused: RefusedClaim): Promise<void> {
    const command = neverGranted(missionId, await this.parts.mission(missionId), refused);
    await this.tell(missionId, `${claimId}/refused`, command);
  }

  /** What an agent asked for beside its run's claim keeps nothing from going on: it is told, and works without. */
  private async refuseAsk(
    missionId: string,
    { claimId, code, detail }: { readonly claimId: string; readonly code: string; readonly detail: string },
  ): Promise<undefined> {
    await this.tell(missionId, `${claimId}/refused`, {
      type: 'RecordAskRefused',
      data: { claimId, code, detail: detail.slice(0, 2_000) },
    });
  }

  private async release(event: EventEnvelope): Promise<void> {
    const { claimId, runId, change, letsThrough } = missionEventSchemas.LockReleased.parse(event.data);
    const held = await this.parts.locks.find(claimId);
    if (!held) return;
    await this.giveBack(held, change);
    const isPassedOn = letsThrough !== undefined && runId !== undefined;
    const next = isPassedOn ? claimInstead(await this.parts.mission(missionIdOf(event)), runId) : undefined;
    // However often a run lets others through, the time in which it may wait comes to its end.
    await (next === undefined ? this.parts.locks.forget(claimId) : this.parts.locks.passOn(claimId, next));
  }

  private async followLedger(event: EventEnvelope): Promise<void> {
    const parsed = leasingEventSchema.safeParse({ type: event.type, data: event.data });
    if (!parsed.success) return;
    const { data: said } = parsed;
    if (said.type !== 'LockDenied' && said.type !== 'LockGranted') return;
    // Others than missions may hold things, too: what they claim is theirs to give back.
    if (!isKnown(await this.parts.mission(said.data.owner.missionId))) return;
    if (said.type === 'LockDenied') await this.denied(said);
    else await this.granted(said, event);
  }

  private async granted({ data }: LockGranted, event: EventEnvelope): Promise<void> {
    const { claimId, owner } = data;
    const changedBy = changesIn(data.changedBy);
    const scope = event.stream.slice('resources-'.length);
    const lock = {
      claimId,
      missionId: owner.missionId,
      runId: owner.runId ?? '',
      scope,
      token: event.version,
    };
    await this.parts.locks.remember(lock);
    await this.tell(owner.missionId, `${claimId}/granted`, {
      type: 'RecordLockGrant',
      data: { claimId, ledger: event.stream, version: event.version, ...(changedBy && { changedBy }) },
    });
    // A grant may cross with the end of the run that asked for it.
    if (wants(await this.parts.mission(owner.missionId), claimId)) return;
    await this.giveBack(lock);
    await this.parts.locks.forget(claimId);
  }

  /** A waiting claim lost its place to a circle of owners waiting for each other. */
  private async denied({ data: { claimId, owner, resources } }: LockDenied): Promise<void> {
    const why = 'Everybody in a circle waits for the next.';
    if (isAskClaim(claimId)) {
      await this.refuseAsk(owner.missionId, { claimId, code: 'LOCK_CYCLE', detail: why });
      return this.parts.locks.forget(claimId);
    }
    const named = resources.map(({ resource }) => resource);
    await this.block(owner.missionId, claimId, { ...owner, resources: named, why, isCircle: true });
    await this.parts.locks.forget(claimId);
  }

  private async giveBack(
    { claimId, scope, token }: HeldLock,
    change?: { readonly sha: string },
  ): Promise<void> {
    const release = (held: number): Promise<unknown> =>
      this.request(resourceSubjects.release, { claimId, scope, token: held, ...(change && { change }) });
    const back =
      token === undefined
        ? this.request(resourceSubjects.withdraw, { claimId, scope }).catch((error: unknown) =>
            // Granted before the withdrawal came: kept, it would be in the way of what its owner asks for next.
            release(tokenOfGrant(error)),
          )
        : release(token);
    await back.catch(refusalIn);
  }

  private request(subject: string, payload: unknown): Promise<unknown> {
    return this.parts.requester.request(subject, payload, { timeoutMs });
  }

  /** The code with which the mission refuses, if it does: mostly it has moved on, and there is nothing left to carry. */
  private async tell(
    missionId: string,
    commandId: string,
    command: MissionCommandRequest['command'],
  ): Promise<string | undefined> {
    const actor = { kind: 'service', id: 'resource-lock' } as const;
    const told = this.parts.command({ commandId, missionId, actor, command });
    return told.then(() => undefined, refusalIn);
  }
}

function missionIdOf({ stream }: EventEnvelope): string {
  return stream.slice('mission-'.length);
}

/** The code of what was refused; whatever else went wrong rises. */
function refusalIn(error: unknown): string {
  if (!isRefusal(error)) throw error;
  return error.code;
}

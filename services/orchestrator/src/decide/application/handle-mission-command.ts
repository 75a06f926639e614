import {
  isPersonCommand,
  missionCommandRequestSchema,
  parseMissionCommand,
  type MissionCommandReply,
  type MissionCommandRequest,
} from '@missions/contracts';
import type { EventStore, EventTransaction } from '@missions/event-store';
import {
  ConcurrencyError,
  DomainError,
  eventsOf,
  isConflict,
  isRefusal,
  type Clock,
  type NewEvent,
} from '@missions/kernel';
import {
  handle,
  missionStream,
  type Mission,
  type MissionCommand,
  type MissionEvent,
} from '@missions/mission';
import type { MissionFolds } from '@missions/runs';

/** Says whether a command really comes from the person it names. */
export interface CommandVerifier {
  readonly isGenuine: (request: MissionCommandRequest) => boolean;
}

/** What has to change beside the mission's stream, in the same commit. */
export interface MissionFollower<Rows> {
  readonly follow: (rows: Rows, before: Mission, after: Mission) => Promise<void>;
  /** The version of a command's first event, if the command has happened. */
  readonly versionOf: (rows: Rows, eventId: string) => Promise<number | undefined>;
}

export interface HandleMissionCommandParts<Rows> {
  readonly store: EventStore<Rows>;
  readonly folds: MissionFolds;
  readonly verifier: CommandVerifier;
  readonly follower: MissionFollower<Rows>;
  readonly clock: Clock;
  /** Named steps at which a test may end the process. */
  readonly killPoint: (name: string) => void;
}

/** A command's facts and the mission before and after them, not yet in the log. */
interface Decided {
  readonly type: MissionCommand['type'];
  readonly before: Mission;
  readonly after: Mission;
  readonly events: readonly NewEvent[];
}

interface Outcome {
  readonly after: Mission;
  readonly seq: number;
  readonly repeated: boolean;
}

/** Commands whose effect is fenced by a run's token, and a release, which is too: their holder may send them unsigned. */
const fencedCommands = new Set<MissionCommand['type']>([
  'ClaimRun',
  'RequestSlice',
  'SuspendRun',
  'DeliverMessages',
  'PublishBroadcast',
  'AskForResource',
  'ChooseOffer',
  'ConcludeRun',
  'ReleaseRun',
]);

/**
 * The only way a mission changes: one command becomes one append, with everything that follows from it by policy, and the
 * rows beside it. A command happens once per id; sent again it is answered with what it did.
 */
export class HandleMissionCommand<Rows> {
  constructor(private readonly parts: HandleMissionCommandParts<Rows>) {}

  /** A command from the wire. Person commands must be signed by Mission Control, others must be fenced. */
  async fromWire(payload: unknown): Promise<MissionCommandReply> {
    const request = missionCommandRequestSchema.parse(payload);
    const command = checked(request);
    this.authorise(request, command);
    return this.execute(request, command);
  }

  /** A command of this very service: sweeps and grants. */
  async fromInside(request: MissionCommandRequest): Promise<MissionCommandReply> {
    return this.execute(request, checked(request));
  }

  private authorise(request: MissionCommandRequest, command: MissionCommand): void {
    if (isPersonCommand(command.type)) {
      if (request.actor.kind === 'person' && this.parts.verifier.isGenuine(request)) return;
      throw new DomainError('UNSIGNED_COMMAND', 'Only Mission Control may pass on what a person asks for.', {
        type: command.type,
      });
    }
    if (fencedCommands.has(command.type) && request.actor.kind !== 'person') return;
    throw new DomainError('COMMAND_FORBIDDEN', `${command.type} is not accepted from outside.`);
  }

  private async execute(
    request: MissionCommandRequest,
    command: MissionCommand,
  ): Promise<MissionCommandReply> {
    const { folds, killPoint, clock } = this.parts;
    const known = folds.known(request.missionId);
    const outcome =
      (known && (await this.onKnown(request, command, known))) ?? (await this.onNewest(request, command));
    folds.keep(request.missionId, outcome.after);
    killPoint(`decide.${command.type}.committed`);
    return {
      commandId: request.commandId,
      missionId: request.missionId,
      seq: outcome.seq,
      repeated: outcome.repeated,
      acceptedAt: clock.now().toISOString(),
    };
  }

  /**
   * Decides on the mission as this replica saw it last, and saves a read while the stream is locked. That counts only when it
   * led to an append, whose expected version says that nothing newer was there: anything else is decided again on the newest.
   */
  private async onKnown(
    request: MissionCommandRequest,
    command: MissionCommand,
    known: Mission,
  ): Promise<Outcome | undefined> {
    try {
      const decided = this.decide(request, command, known);
      if (decided.events.length === 0) return undefined;
      const outcome = await this.parts.store.transact([missionStream(request.missionId)], (tx) =>
        this.append(tx, request, decided),
      );
      return outcome.repeated ? undefined : outcome;
    } catch (error) {
      if (isConflict(error) || isRefusal(error)) return undefined;
      throw error;
    }
  }

  private onNewest(request: MissionCommandRequest, command: MissionCommand): Promise<Outcome> {
    const { store, folds } = this.parts;
    return store.transact([missionStream(request.missionId)], async (tx) => {
      const before = await folds.load(request.missionId, tx);
      try {
        return await this.append(tx, request, this.decide(request, command, before));
      } catch (error) {
        const seq = await this.happenedAt(tx, request, error);
        if (seq === undefined) throw error;
        return { after: before, seq, repeated: true };
      }
    });
  }

  private decide(request: MissionCommandRequest, command: MissionCommand, before: Mission): Decided {
    const { clock } = this.parts;
    const { expectedVersion, commandId, missionId, actor } = request;
    if (expectedVersion !== undefined && expectedVersion !== before.version)
      throw new ConcurrencyError(missionStream(missionId), expectedVersion, before.version);
    const at = clock.now().toISOString();
    const { events, mission: after } = handle(command, before, { actor, at });
    const provenance = {
      occurredAt: at,
      actor,
      correlationId: request.correlationId ?? commandId,
      causationId: commandId,
      ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
    };
    return {
      type: command.type,
      before,
      after,
      events: eventsOf<MissionEvent['type'], unknown>(commandId, events, provenance),
    };
  }

  private async append(
    tx: EventTransaction<Rows>,
    { missionId }: MissionCommandRequest,
    { type, before, after, events }: Decided,
  ): Promise<Outcome> {
    const { follower, killPoint } = this.parts;
    if (events.length === 0) return { after: before, seq: before.version, repeated: true };
    killPoint(`decide.${type}.decided`);
    const stream = missionStream(missionId);
    const appended = await tx.append({ stream, expectedVersion: before.version, events });
    if (appended.repeated) return { after: before, seq: appended.version, repeated: true };
    await follower.follow(tx.rows, before, after);
    killPoint(`decide.${type}.appended`);
    return { after, seq: after.version, repeated: false };
  }

  /** A refused command may be one that has happened: its own effect is then why it is refused now. */
  private async happenedAt(
    tx: EventTransaction<Rows>,
    { commandId }: MissionCommandRequest,
    error: unknown,
  ): Promise<number | undefined> {
    if (!isRefusal(error)) return undefined;
    return this.parts.follower.versionOf(tx.rows, `${commandId}/0`);
  }
}

function checked(request: MissionCommandRequest): MissionCommand {
  const parsed = parseMissionCommand(request.command);
  if ('command' in parsed) return parsed.command;
  throw new DomainError('MALFORMED_COMMAND', parsed.issues.join('; '), { issues: parsed.issues });
}

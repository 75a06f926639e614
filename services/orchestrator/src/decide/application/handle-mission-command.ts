import {
  isPersonCommand,
  missionCommandRequestSchema,
  parseMissionCommand,
  type MissionCommandReply,
  type MissionCommandRequest,
} from '@missions/contracts';
import type { EventStore, EventTransaction } from '@missions/event-store';
import { ConcurrencyError, DomainError, eventsOf, isRefusal, type Clock } from '@missions/kernel';
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

/** Commands whose effect is fenced by a run's token, and a release, which is too: their holder may send them unsigned. */
const fencedCommands = new Set<MissionCommand['type']>([
  'ClaimRun',
  'RequestSlice',
  'SuspendRun',
  'DeliverMessages',
  'PublishBroadcast',
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
    const stream = missionStream(request.missionId);
    const { store, folds, killPoint } = this.parts;
    const outcome = await store.transact([stream], async (tx) => {
      const before = await folds.load(request.missionId, tx);
      try {
        return await this.decideAndAppend(tx, { request, command, before });
      } catch (error) {
        const seq = await this.happenedAt(tx, request, error);
        if (seq === undefined) throw error;
        return { after: before, seq, repeated: true };
      }
    });
    folds.keep(request.missionId, outcome.after);
    killPoint(`decide.${command.type}.committed`);
    return {
      commandId: request.commandId,
      missionId: request.missionId,
      seq: outcome.seq,
      repeated: outcome.repeated,
      acceptedAt: this.parts.clock.now().toISOString(),
    };
  }

  private async decideAndAppend(
    tx: EventTransaction<Rows>,
    {
      request,
      command,
      before,
    }: { request: MissionCommandRequest; command: MissionCommand; before: Mission },
  ): Promise<{ after: Mission; seq: number; repeated: boolean }> {
    const { follower, clock, killPoint } = this.parts;
    const { expectedVersion, commandId, missionId, actor } = request;
    if (expectedVersion !== undefined && expectedVersion !== before.version)
      throw new ConcurrencyError(missionStream(missionId), expectedVersion, before.version);
    const at = clock.now().toISOString();
    const { events, mission: after } = handle(command, before, { actor, at });
    if (events.length === 0) return { after: before, seq: before.version, repeated: true };
    killPoint(`decide.${command.type}.decided`);
    const provenance = {
      occurredAt: at,
      actor,
      correlationId: request.correlationId ?? commandId,
      causationId: commandId,
      ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
    };
    const appended = await tx.append({
      stream: missionStream(missionId),
      expectedVersion: before.version,
      events: eventsOf<MissionEvent['type'], unknown>(commandId, events, provenance),
    });
    if (appended.repeated) return { after: before, seq: appended.version, repeated: true };
    await follower.follow(tx.rows, before, after);
    killPoint(`decide.${command.type}.appended`);
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

import type { Requester } from '@missions/bus';
import { parseMissionCommand, type MissionCommandRequest } from '@missions/contracts';
import { DomainError, type Actor, type EventEnvelope } from '@missions/kernel';
import {
  decide,
  emptyLedger,
  evolve,
  ledgerView,
  resourceSubjects,
  leasingCommandSchema,
  Precedence,
  type Ledger,
  type LeasingEvent,
} from '@missions/leasing';
import {
  handle,
  missionStream,
  openRun,
  type Mission,
  type MissionEvent,
  type RunState,
} from '@missions/mission';
import type { RunOutlook } from '@missions/runs';
import { LedgerTalk } from '../application/ledger-talk.ts';
import { letPass } from '../application/let-pass.ts';
import { LockErrands, type HeldLock } from '../application/lock-errands.ts';
import { NegotiateForRuns } from '../application/negotiate-for-runs.ts';
import { TellNegotiations } from '../application/tell-negotiations.ts';

const decideService: Actor = { kind: 'service', id: 'decide' };

type Command = MissionCommandRequest['command'];

interface Begun {
  readonly facts: readonly MissionEvent[];
  readonly mission: Mission;
}

/** Missions with their real rules, one ledger with its real rules, and everybody of `decide` who acts on their events. */
export class TalkWorld {
  ledger: Ledger = emptyLedger;
  /** The one repository that all share, known with the first claim. */
  scope: string | undefined;
  readonly outlooks = new Map<string, RunOutlook>();
  /** Requests whose subject is here meet nobody. */
  readonly deaf = new Set<string>();
  readonly said: { readonly stream: string; readonly event: MissionEvent | LeasingEvent }[] = [];
  private readonly precedence = new Precedence();
  private readonly missions = new Map<string, Mission>();
  private readonly done = new Set<string>();
  private readonly locks = new Map<string, HeldLock>();
  private readonly pending: EventEnvelope[] = [];
  private nowMs = Date.parse('2026-03-01T10:00:00.000Z');
  private readonly negotiators: NegotiateForRuns;
  private readonly followers: readonly Pick<LockErrands, 'concerns' | 'follow'>[];

  constructor(
    talkMs = 30_000,
    private readonly cycleTalkMs = 0,
  ) {
    const talk = new LedgerTalk(this.requester);
    const command = (request: MissionCommandRequest): Promise<void> => {
      this.send(request.missionId, request.command, request.commandId, request.actor);
      return Promise.resolve();
    };
    this.negotiators = new NegotiateForRuns({
      talk,
      precedence: () => Promise.resolve(this.precedence),
      letPass: (circumstances) => letPass(circumstances, command),
      mission: (id) => Promise.resolve(this.mission(id)),
      outlook: (runId) => Promise.resolve(this.outlooks.get(runId)),
      waiting: () => Promise.resolve([...this.locks.values()].filter(({ token }) => token === undefined)),
      now: () => new Date(this.nowMs),
      talkMs,
    });
    this.followers = [
      new LockErrands({
        requester: this.requester,
        // Every event is followed here as soon as it is there.
        poker: { poke: () => undefined },
        command,
        mission: (id) => Promise.resolve(this.mission(id)),
        ttlMs: 20_000,
        locks: {
          remember: (lock) => Promise.resolve(void this.locks.set(lock.claimId, lock)),
          forget: (claimId) => Promise.resolve(void this.locks.delete(claimId)),
          passOn: (claimId) => Promise.resolve(void this.locks.delete(claimId)),
          find: (claimId) => Promise.resolve(this.locks.get(claimId)),
          all: () => Promise.resolve([...this.locks.values()]),
          waitAnew: () => Promise.resolve(),
        },
      }),
      new TellNegotiations({ talk, command }),
      this.negotiators,
    ];
  }

  get at(): string {
    return new Date(this.nowMs).toISOString();
  }

  /** Time passes, and the sweep of the ledger does what is due by it. */
  async passes(ms: number): Promise<void> {
    this.nowMs += ms;
    this.inLedger('ServeQueue', {});
    await this.settle();
  }

  /** A mission that has come so far; whatever it asks for last is asked for now. */
  async begins({ facts, mission }: Begun): Promise<void> {
    this.missions.set(mission.id, mission);
    const requested = facts.findLast(({ type }) => type === 'LockRequested');
    if (requested) this.heard(missionStream(mission.id), requested, mission.version);
    await this.settle();
  }

  /** Somebody works on the open run, and expects the end of its turn in a minute. */
  async works(
    missionId: string,
    outlook: RunOutlook = { touched: [], nextCheckpointInMs: 60_000 },
  ): Promise<void> {
    const { id: runId } = this.run(missionId);
    await this.asks(missionId, { type: 'ClaimRun', data: { runId, holder: 'host-1' } });
    this.outlooks.set(runId, outlook);
  }

  /** What negotiators do because time has passed. */
  async looks(): Promise<void> {
    await this.negotiators.look();
    await this.settle();
  }

  async asks(missionId: string, asked: Command): Promise<void> {
    this.send(missionId, asked, `spec-${String(this.said.length)}`, decideService);
    await this.settle();
  }

  /** What somebody says to the ledger who is no run of ours. */
  async hears(subject: string, payload: unknown): Promise<void> {
    await this.requester.request(subject, payload, { timeoutMs: 1_000 });
    await this.settle();
  }

  mission(missionId: string): Mission {
    const mission = this.missions.get(missionId);
    if (!mission) throw new DomainError('MISSION_NOT_FOUND', missionId);
    return mission;
  }

  run(missionId: string): RunState {
    const run = openRun(this.mission(missionId));
    if (!run) throw new Error(`${missionId} has no open run.`);
    return run;
  }

  /** The types of what was said in the ledger. */
  get inLedgerTypes(): readonly string[] {
    return this.typesIn(`resources-${this.scope ?? ''}`);
  }

  typesOf(missionId: string): readonly string[] {
    return this.typesIn(missionStream(missionId));
  }

  /** The data of the newest fact of a type, in a mission or else in the ledger. */
  last(type: string, missionId?: string): unknown {
    const stream = missionId === undefined ? `resources-${this.scope ?? ''}` : missionStream(missionId);
    return this.said.findLast((one) => one.stream === stream && one.event.type === type)?.event.data;
  }

  private typesIn(stream: string): readonly string[] {
    return this.said.filter((one) => one.stream === stream).map(({ event }) => event.type);
  }

  /** Everything that is heard is acted on, as often as anything new is said by it; twice, since a replica may repeat it. */
  async settle(): Promise<void> {
    for (let event = this.pending.shift(); event; event = this.pending.shift())
      for (const follower of [...this.followers, ...this.followers])
        if (follower.concerns(event)) await follower.follow(event);
  }

  private readonly requester: Requester = {
    request: (subject, payload) => {
      if (this.deaf.has(subject)) return Promise.resolve(null);
      return Promise.resolve().then(() => this.answer(subject, payload as Record<string, unknown>));
    },
  };

  private answer(
    subject: string,
    { scope, commandId, correlationId, ...data }: Record<string, unknown>,
  ): unknown {
    if (subject === resourceSubjects.state) return ledgerView(String(scope), this.ledger, this.at);
    const type = commandTypes[subject];
    if (type === undefined) throw new Error(`Nobody answers ${subject}.`);
    this.scope ??= scopeOf(data);
    this.inLedger(type, data);
    return type === 'RequestClaim' ? this.claimed(String(data['claimId']), this.scope) : null;
  }

  private claimed(claimId: string, scope: string): unknown {
    const held = this.ledger.held.get(claimId);
    if (held) return { status: 'granted', scope, claimId, token: held.token, ttlMs: held.ttlMs };
    if (this.ledger.ended.get(claimId)?.how === 'denied')
      throw new DomainError('LOCK_CYCLE', 'Everybody in a circle waits for the next.');
    const { queue } = ledgerView(scope, this.ledger, this.at);
    const { position, holders, ahead } = queue.find((claim) => claim.claimId === claimId) ?? {};
    return { status: 'queued', scope, claimId, position, holders, ahead };
  }

  private inLedger(type: string, data: unknown): void {
    const asked = leasingCommandSchema.parse({ type, data });
    const stream = `resources-${this.scope ?? ''}`;
    for (const event of decide(asked, this.ledger, {
      at: this.at,
      lockDelayMs: 0,
      cycleTalkMs: this.cycleTalkMs,
    })) {
      this.ledger = evolve(this.ledger, event);
      this.precedence.take(event);
      this.heard(stream, event, this.ledger.version);
      this.said.push({ stream, event });
    }
  }

  private send(missionId: string, asked: Command, commandId: string, actor: Actor): void {
    const parsed = parseMissionCommand(asked);
    if (!('command' in parsed)) throw new Error(parsed.issues.join('; '));
    if (this.done.has(commandId)) return;
    const before = this.mission(missionId);
    const { events, mission } = handle(parsed.command, before, { actor, at: this.at });
    this.missions.set(missionId, mission);
    if (events.length > 0) this.done.add(commandId);
    events.forEach((event, index) => {
      this.heard(missionStream(missionId), event, before.version + index + 1);
      this.said.push({ stream: missionStream(missionId), event });
    });
  }

  private heard(stream: string, { type, data }: MissionEvent | LeasingEvent, version: number): void {
    this.pending.push({
      id: `${stream}/${String(version)}`,
      stream,
      version,
      type,
      schema: 1,
      occurredAt: this.at,
      actor: decideService,
      correlationId: 'c',
      causationId: 'c',
      data,
    });
  }
}

const commandTypes: Readonly<Record<string, string>> = {
  [resourceSubjects.claim]: 'RequestClaim',
  [resourceSubjects.release]: 'ReleaseClaim',
  [resourceSubjects.withdraw]: 'WithdrawClaim',
  [resourceSubjects.openNegotiation]: 'OpenNegotiation',
  [resourceSubjects.propose]: 'MakeProposal',
  [resourceSubjects.counter]: 'CounterProposal',
  [resourceSubjects.accept]: 'AcceptProposal',
};

function scopeOf({ resources }: Record<string, unknown>): string {
  const [first] = resources as readonly (string | { readonly resource: string })[];
  const name = typeof first === 'object' ? first.resource : first;
  return name?.split('/')[1] ?? '';
}

import type { Poke, PokeSource } from '@missions/bus';
import {
  parseMissionCommand,
  type MissionCommandReply,
  type MissionCommandRequest,
} from '@missions/contracts';
import { MemoryArtifactStore, MemoryEventStore } from '@missions/event-store/memory';
import { createRedactor, eventsOf, isRefusal, systemClock, type Actor } from '@missions/kernel';
import {
  claimableRun,
  handle,
  missionStream,
  openRun,
  runStream,
  wantedState,
  type Change,
  type Mission,
  type MissionCommandInput,
  type MissionEvent,
} from '@missions/mission';
import { free, type Model, type Price } from '@missions/models';
import { ScriptedModel, scriptSchema } from '@missions/models/scripted';
import { MissionFolds } from '../mission-folds.ts';
import type { MissionCommander } from '../mission-commander.ts';
import type { OpenDelegation, Renewal, RunDesk } from '../run-desk.ts';
import type { RunHost } from '../run-host.ts';
import { waitingMessages } from '../waiting-messages.ts';

/** Appears in nothing that a run leaves behind. */
export const secret = 'hunter2-hunter2';

const service: Actor = { kind: 'service', id: 'worker' };
const person: Actor = { kind: 'person', id: 'ana' };

/** A mission with its real rules over a log in memory, and the desk and the owner that its holders talk to. */
export class RunWorld {
  readonly store = new MemoryEventStore({ forbidden: [{ name: 'KEY', value: secret }] });
  readonly artifacts = new MemoryArtifactStore({
    forbidden: [{ name: 'KEY', value: secret }],
    holds: async ({ runId, token }) => {
      const run = (await this.mission()).runs[runId];
      if (run?.status === 'running') return run.token === token;
      // What a run says as it ends comes after its conclusion.
      return (await this.store.read(runStream(runId))).at(-1)?.token === token;
    },
  });
  readonly folds = new MissionFolds(this.store);
  readonly warnings: string[] = [];
  readonly killPoints: string[] = [];
  /** Every command that arrived, also refused ones. */
  readonly asked: MissionCommandRequest[] = [];
  /** What happens to a command before the owner sees it; a throw keeps it from the owner. */
  meddle: (request: MissionCommandRequest) => void = () => undefined;
  model: Model = new ScriptedModel('demo/none', scriptSchema.parse({ version: 1, runs: [] }));
  price: Price | undefined = free;
  /** True: nobody's lease is renewed any more. */
  leasesLost = false;
  private readonly handlers = new Set<(poke: Poke) => void>();
  private asks = 0;

  private constructor(readonly missionId: string) {}

  /** Begins after the facts of a history. */
  static async after(history: {
    readonly facts: readonly MissionEvent[];
    readonly mission: Mission;
  }): Promise<RunWorld> {
    const world = new RunWorld(history.mission.id);
    await world.append('seed', history.facts, service);
    return world;
  }

  script(...turns: readonly unknown[]): void {
    const runs = [
      {
        match: { role: 'researcher' },
        turns: [{ text: 'It is in src.', usage: { input: 100, output: 10 } }],
      },
      {
        match: { task: 'review' },
        turns: [{ calls: [{ tool: 'report_review', input: {} }] }],
      },
      { match: {}, turns },
    ];
    this.model = new ScriptedModel('demo/any', scriptSchema.parse({ version: 1, runs }));
  }

  mission(): Promise<Mission> {
    return this.folds.load(this.missionId);
  }

  async types(stream = missionStream(this.missionId)): Promise<readonly string[]> {
    return (await this.store.read(stream)).map(({ type }) => type);
  }

  /** The data of the newest event of a type. */
  async last(type: string, stream = missionStream(this.missionId)): Promise<unknown> {
    return (await this.store.read(stream)).findLast((event) => event.type === type)?.data;
  }

  /** Everything that was written, as one text. */
  async written(): Promise<string> {
    const streams = await this.store.streams();
    const all = await Promise.all(streams.map((stream) => this.store.read(stream)));
    return JSON.stringify(all);
  }

  /** What a person asks for. */
  async person(command: MissionCommandInput): Promise<void> {
    this.asks += 1;
    const commandId = `person-${String(this.asks)}`;
    await this.send({ commandId, missionId: this.missionId, actor: person, command });
  }

  /** What the mission's own service is told by others. */
  async told(command: MissionCommandInput): Promise<void> {
    this.asks += 1;
    const commandId = `told-${String(this.asks)}`;
    await this.send({ commandId, missionId: this.missionId, actor: service, command });
  }

  /** The lease of the open run has run out, as a sweep finds it. */
  async expire(): Promise<void> {
    const { id: runId, token } = await this.run();
    const command = { type: 'ReleaseRun', data: { runId, token, reason: 'expired' } } as const;
    const commandId = `${runId}/${String(token)}/expired`;
    await this.send({ commandId, missionId: this.missionId, actor: service, command });
  }

  /** What the open run waits for is granted. */
  async grant(changedBy?: readonly Change[]): Promise<void> {
    const { id, lock } = await this.run();
    const claim = { claimId: lock?.claimId ?? '', ledger: 'resources-local', version: 1 };
    const data = { ...claim, ...(changedBy && { changedBy }) };
    const command = { type: 'RecordLockGrant', data } as const;
    await this.send({ commandId: `${id}/grant`, missionId: this.missionId, actor: service, command });
  }

  /** What the open run holds was promised to another mission. */
  readonly handOver = async (): Promise<void> => {
    const { id, lock } = await this.run();
    const command = { type: 'OrderHandOver', data: { claimId: lock?.claimId ?? '' } } as const;
    await this.send({ commandId: `${id}/hand-over`, missionId: this.missionId, actor: service, command });
  };

  /** The open run has not moved for longer than it may rest, as a sweep finds it: its holder is told to stop. */
  async stall(): Promise<void> {
    const { id: runId, token } = await this.run();
    const sinceAt = new Date().toISOString();
    const said = { type: 'RecordStall', data: { runId, token, sinceAt, limitMs: 900_000 } } as const;
    const stop = { type: 'StopStalledRun', data: { runId, token } } as const;
    for (const command of [said, stop])
      await this.send({
        commandId: `${runId}/${command.type}`,
        missionId: this.missionId,
        actor: service,
        command,
      });
  }

  async delegation(): Promise<OpenDelegation> {
    const [open] = await this.desk.openDelegations({ roles: [], tasks: [], labels: [] }, 1);
    if (!open) throw new Error('Nothing is open.');
    return open;
  }

  readonly pokes: PokeSource = {
    onPoke: (handler) => {
      this.handlers.add(handler);
      return { stop: () => Promise.resolve(void this.handlers.delete(handler)) };
    },
  };

  readonly desk: RunDesk = {
    openDelegations: async () => {
      const run = claimableRun(await this.mission());
      return run ? [{ runId: run.id, missionId: this.missionId, role: run.role, task: run.task }] : [];
    },
    renew: async ({ runId, token }): Promise<Renewal> => {
      const mission = await this.mission();
      const run = mission.runs[runId];
      if (this.leasesLost || run?.status !== 'running' || run.token !== token) return { held: false };
      return { held: true, wanted: wantedState(mission), pendingMessages: waitingMessages(mission) };
    },
  };

  readonly commander: MissionCommander = { send: (request, { signal }) => this.obey(request, signal) };

  host(over: Partial<RunHost> = {}): RunHost {
    return {
      holder: 'host-1',
      actor: service,
      store: this.store,
      artifacts: this.artifacts,
      folds: new MissionFolds(this.store),
      desk: this.desk,
      pokes: this.pokes,
      commander: this.commander,
      clock: systemClock,
      redactor: createRedactor({ secrets: [{ name: 'KEY', value: secret }] }),
      log: {
        info: () => undefined,
        warn: ({ err }, message) =>
          void this.warnings.push(err instanceof Error ? `${message}: ${err.message}` : message),
      },
      limits: {
        leaseTtlMs: 20_000,
        leaseRenewMs: 5_000,
        maxTokensPerTurn: 1_000,
        commandMs: 1_000,
        partingMs: 500,
        pauseGraceMs: 200,
      },
      modelChoice: () => ({ use: 'demo/any' }),
      modelFor: () => Promise.resolve({ model: this.model, price: this.price }),
      killPoint: (name) => void this.killPoints.push(name),
      ...over,
    };
  }

  private async obey(request: MissionCommandRequest, signal?: AbortSignal): Promise<MissionCommandReply> {
    signal?.throwIfAborted();
    this.asked.push(request);
    this.meddle(request);
    return this.send(request);
  }

  private async send(request: MissionCommandRequest): Promise<MissionCommandReply> {
    const parsed = parseMissionCommand(request.command);
    if (!('command' in parsed)) throw new Error(parsed.issues.join('; '));
    const before = await this.mission();
    const at = new Date().toISOString();
    try {
      const { events } = handle(parsed.command, before, { actor: request.actor, at });
      await this.append(request.commandId, events, request.actor);
    } catch (error) {
      if (!isRefusal(error) || !(await this.happened(request.commandId))) throw error;
    }
    const seq = (await this.mission()).version;
    for (const handler of this.handlers) handler({ stream: missionStream(this.missionId), version: seq });
    return { commandId: request.commandId, missionId: this.missionId, seq, repeated: false, acceptedAt: at };
  }

  private async happened(commandId: string): Promise<boolean> {
    const events = await this.store.read(missionStream(this.missionId));
    return events.some(({ id }) => id === `${commandId}/0`);
  }

  private async append(commandId: string, facts: readonly MissionEvent[], actor: Actor): Promise<void> {
    const provenance = {
      occurredAt: new Date().toISOString(),
      actor,
      correlationId: commandId,
      causationId: commandId,
    };
    const { version } = await this.mission();
    const events = eventsOf<string, unknown>(commandId, facts, provenance);
    await this.store.append({ stream: missionStream(this.missionId), expectedVersion: version, events });
  }

  /** The open run as its state says. */
  async run() {
    const run = openRun(await this.mission());
    if (!run) throw new Error('No run is open.');
    return run;
  }
}

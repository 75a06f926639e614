import { generateKeyPairSync, sign } from 'node:crypto';
import { signedText, type MissionCommandRequest } from '@missions/contracts';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { systemClock } from '@missions/kernel';
import { missionStream } from '@missions/mission';
import { MissionFolds } from '@missions/runs';
import { expiredRuns, PostgresRunDesk } from '@missions/runs/postgres';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { Ed25519CommandVerifier } from './adapters/ed25519-command-verifier.ts';
import { PostgresMissionFollower } from './wiring/postgres-mission-follower.ts';
import { HandleMissionCommand } from './application/handle-mission-command.ts';
import { SweepLeases } from './application/sweep-leases.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const leaseTtlMs = 400;
const missionId = 'm-spec1';
const ana = { kind: 'person', id: 'ana' } as const;
const worker = { kind: 'service', id: 'worker' } as const;

let database: TestDatabase;
let postgres: Postgres<unknown>;
let missions: Missions;

beforeAll(async () => {
  database = await testDatabase();
  postgres = openPostgres({
    connectionString: database.urlFor('missions_decide'),
    poolSize: 4,
    applicationName: 'spec',
  });
  missions = replica();
});

afterAll(async () => {
  await postgres.close();
  await database.drop();
});

describe('commanding a mission', () => {
  it('accepts what a person asks for only with the signature of Mission Control over exactly that', async () => {
    const create = createMission('m-signed');
    await expect(missions.fromWire({ ...create, signature: undefined })).rejects.toMatchObject({
      code: 'UNSIGNED_COMMAND',
    });
    const signed = signedBy(create);
    const forged = { ...signed, actor: { kind: 'person', id: 'mallory' } };
    await expect(missions.fromWire(forged)).rejects.toMatchObject({ code: 'UNSIGNED_COMMAND' });
    await expect(missions.fromWire(signed)).resolves.toMatchObject({ seq: 2, repeated: false });
  });

  it('does a command once, however often it is sent', async () => {
    const create = signedBy(createMission('m-once'));
    const first = await missions.fromWire(create);
    const again = await missions.fromWire(create);
    expect(again).toMatchObject({ seq: 1, repeated: true });
    expect(await postgres.store.head(missionStream('m-once'))).toBe(first.seq);
  });

  it('refuses service commands from the wire', async () => {
    await missions.fromWire(signedBy(createMission('m-inner')));
    const block = request('m-inner', worker, {
      type: 'BlockMission',
      data: { cause: 'unknown', detail: 'x', needs: 'y' },
    });
    await expect(missions.fromWire(block)).rejects.toMatchObject({ code: 'COMMAND_FORBIDDEN' });
  });

  it('names what is malformed and where', async () => {
    const malformed = request('m-bad', worker, { type: 'ClaimRun', data: { runId: 'nonsense' } });
    await expect(missions.fromWire(malformed)).rejects.toMatchObject({
      code: 'MALFORMED_COMMAND',
      message: expect.stringContaining('data.runId') as string,
    });
  });
});

describe('a replica that did not see the newest facts', () => {
  /** Two replicas that have both seen the mission's first run delegated, and nothing since. */
  async function twoReplicas(id: string): Promise<readonly [Missions, Missions]> {
    const [one, other] = [replica(), replica()];
    await one.fromWire(signedBy(createMission(id)));
    await expect(other.fromWire(request(id, worker, conclusionOf(`${id}-r1`)))).rejects.toThrow();
    return [one, other];
  }

  it('accepts what only they allow', async () => {
    const [one, other] = await twoReplicas('m-allowed');
    await one.fromWire(request('m-allowed', worker, claimOf('m-allowed-r1')));
    const concluded = request('m-allowed', worker, conclusionOf('m-allowed-r1'));
    await expect(other.fromWire(concluded)).resolves.toMatchObject({ repeated: false });
  });

  it('refuses what they do not allow any more', async () => {
    const [one, other] = await twoReplicas('m-refused');
    await one.fromWire(request('m-refused', worker, claimOf('m-refused-r1')));
    const second = request('m-refused', worker, claimOf('m-refused-r1'));
    await expect(other.fromWire(second)).rejects.toMatchObject({ code: 'RUN_NOT_CLAIMABLE' });
  });

  it('knows that a command has happened', async () => {
    const [one, other] = await twoReplicas('m-known');
    const claimed = request('m-known', worker, claimOf('m-known-r1'));
    const first = await one.fromWire(claimed);
    expect(await other.fromWire(claimed)).toMatchObject({ repeated: true, seq: 3 });
    expect(await postgres.store.head(missionStream('m-known'))).toBe(first.seq);
  });

  it('leaves the rows beside the log as they are when it was wrong', async () => {
    const [one, other] = await twoReplicas('m-rows');
    await one.fromWire(request('m-rows', worker, claimOf('m-rows-r1')));
    const again = request('m-rows', worker, claimOf('m-rows-r1'));
    await expect(other.fromWire(again)).rejects.toThrow();
    const desk = new PostgresRunDesk(postgres.db);
    const renewal = { runId: 'm-rows-r1', token: 3, ttlMs: leaseTtlMs, progress: {} };
    expect(await desk.renew(renewal)).toMatchObject({ held: true });
  });
});

describe('a delegated run', () => {
  it('is claimed once, renewed by its holder only, swept when it expires, and claimed again with a higher token', async () => {
    await missions.fromWire(signedBy(createMission(missionId)));
    const desk = new PostgresRunDesk(postgres.db);
    const runId = `${missionId}-r1`;
    const filter = { roles: ['orchestrator'], tasks: ['scope'], labels: [] } as const;
    expect(await desk.openDelegations(filter, 50)).toContainEqual(expect.objectContaining({ runId }));

    await missions.fromWire(claim(runId, 'one'));
    await expect(missions.fromWire(claim(runId, 'two'))).rejects.toMatchObject({ code: 'RUN_NOT_CLAIMABLE' });
    expect(await desk.openDelegations(filter, 50)).not.toContainEqual(expect.objectContaining({ runId }));

    const renewal = { runId, ttlMs: leaseTtlMs, progress: { turn: 3, lastLine: 'reads' } };
    expect(await desk.renew({ ...renewal, token: 3 })).toMatchObject({ held: true, wanted: 'go' });
    expect(await desk.renew({ ...renewal, token: 2 })).toEqual({ held: false });

    await expired(runId);
    expect(await desk.renew({ ...renewal, token: 3 })).toEqual({ held: false });
    await sweeper().sweep();
    await missions.fromWire(claim(runId, 'two'));
    const mission = await new MissionFolds(postgres.store).load(missionId);
    expect(mission.runs[runId]).toMatchObject({ status: 'running', holder: 'two', releases: 1 });
    expect(mission.runs[runId]?.token).toBeGreaterThan(3);

    const stale = request(missionId, worker, {
      type: 'ConcludeRun',
      data: { runId, token: 3, conclusion: { kind: 'asked', questions: [] }, usage },
    });
    await expect(missions.fromWire(stale)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
  });
});

const usage = {
  turns: 1,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  costUsd: 0,
  unpriced: false,
};

type Missions = HandleMissionCommand<unknown>;

/** One more process with the same database and a memory of its own. */
function replica(): Missions {
  return new HandleMissionCommand({
    store: postgres.store,
    folds: new MissionFolds(postgres.store),
    verifier: new Ed25519CommandVerifier(publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    follower: new PostgresMissionFollower(leaseTtlMs),
    clock: systemClock,
    killPoint: () => undefined,
  });
}

/** The end of the first run of a mission whose claim was its third event. */
function conclusionOf(runId: string): MissionCommandRequest['command'] {
  return {
    type: 'ConcludeRun',
    data: { runId, token: 3, conclusion: { kind: 'asked', questions: [] }, usage },
  };
}

function claimOf(runId: string): MissionCommandRequest['command'] {
  return { type: 'ClaimRun', data: { runId, holder: 'one' } };
}

let sent = 0;

function request(
  id: string,
  actor: MissionCommandRequest['actor'],
  command: MissionCommandRequest['command'],
): MissionCommandRequest {
  sent += 1;
  return { commandId: `spec-${String(sent)}`, missionId: id, actor, command };
}

function createMission(id: string): MissionCommandRequest {
  const repository = { url: '/r', kind: 'local', baseBranch: 'main', baseSha: 'a'.repeat(40) };
  return request(id, ana, { type: 'CreateMission', data: { missionId: id, goal: 'a goal', repository } });
}

function claim(runId: string, holder: string): MissionCommandRequest {
  return request(missionId, worker, { type: 'ClaimRun', data: { runId, holder } });
}

function signedBy(command: MissionCommandRequest): MissionCommandRequest {
  const signature = sign(null, Buffer.from(signedText(command)), privateKey).toString('base64');
  return { ...command, signature };
}

/** Past its grace: the first sweep of a new sweeper would only extend what it finds. */
function sweeper(): SweepLeases {
  const sweep = new SweepLeases({
    rows: { expired: (limit) => expiredRuns(postgres.db, limit), grace: () => Promise.resolve() },
    command: (release) => missions.fromInside(release),
    clock: systemClock,
    leaseTtlMs,
    sweepMs: 100,
  });
  return sweep;
}

/** Until the database's own clock says that the lease has run out. */
async function expired(runId: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const runs = await expiredRuns(postgres.db, 100);
    if (runs.some((run) => run.runId === runId)) return;
  }
  throw new Error(`${runId} did not expire.`);
}

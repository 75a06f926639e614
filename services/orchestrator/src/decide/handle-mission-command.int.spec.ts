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
let missions: HandleMissionCommand<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  postgres = openPostgres({
    connectionString: database.urlFor('missions_decide'),
    poolSize: 4,
    applicationName: 'spec',
  });
  missions = new HandleMissionCommand({
    store: postgres.store,
    folds: new MissionFolds(postgres.store),
    verifier: new Ed25519CommandVerifier(publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    follower: new PostgresMissionFollower(leaseTtlMs),
    clock: systemClock,
    killPoint: () => undefined,
  });
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

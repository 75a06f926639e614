import { generateKeyPairSync, sign } from 'node:crypto';
import { signedText, type MissionCommandRequest } from '@missions/contracts';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { systemClock } from '@missions/kernel';
import { MissionFolds } from '@missions/runs';
import { PostgresRunDesk } from '@missions/runs/postgres';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { Ed25519CommandVerifier } from './adapters/ed25519-command-verifier.ts';
import { HandleMissionCommand } from './application/handle-mission-command.ts';
import { PostgresMissionFollower } from './wiring/postgres-mission-follower.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const leaseTtlMs = 60_000;
const ana = { kind: 'person', id: 'ana' } as const;
const worker = { kind: 'service', id: 'worker' } as const;

type Command = MissionCommandRequest['command'];

/** Under which a run is acted on. */
interface Held {
  readonly runId: string;
  readonly token: number;
}

let database: TestDatabase;
let postgres: Postgres<unknown>;
let missions: HandleMissionCommand<unknown>;
let desk: PostgresRunDesk;
let created = 0;
let sent = 0;
/** Of the case: no other uses it. */
let missionId: string;

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
  desk = new PostgresRunDesk(postgres.db);
});

afterAll(async () => {
  await postgres.close();
  await database.drop();
});

beforeEach(() => {
  created += 1;
  missionId = `m-stale${String(created)}`;
});

function asked(command: Command, actor: MissionCommandRequest['actor'] = worker): MissionCommandRequest {
  sent += 1;
  return { commandId: `spec-${String(sent)}`, missionId, actor, command };
}

function byPerson(command: Command): Promise<unknown> {
  const request = asked(command, ana);
  const signature = sign(null, Buffer.from(signedText(request)), privateKey).toString('base64');
  return missions.fromWire({ ...request, signature });
}

/** Anybody may claim; the token is in the log. */
async function claimed(): Promise<Held> {
  const runId = `${missionId}-r1`;
  await missions.fromWire(asked({ type: 'ClaimRun', data: { runId, holder: `h${String(sent)}` } }));
  const mission = await new MissionFolds(postgres.store).load(missionId);
  return { runId, token: mission.runs[runId]?.token ?? 0 };
}

/** A mission whose first run is held, with a message for it. */
async function heldRun(): Promise<Held> {
  const repository = { url: '/r', kind: 'local', baseBranch: 'main', baseSha: 'a'.repeat(40) };
  await byPerson({
    type: 'CreateMission',
    data: { missionId, goal: 'a goal', repository, budget: { maxCostUsd: 50 } },
  });
  const held = await claimed();
  await byPerson({ type: 'SendMessage', data: { messageId: 'msg-1', text: 'Look at the tests.' } });
  return held;
}

const released = (held: Held): Promise<unknown> =>
  missions.fromWire(asked({ type: 'ReleaseRun', data: { ...held, reason: 'shutdown' } }));

const usage = { turns: 1, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, costUsd: 0, unpriced: false };

/** Everything that the holder of a run can cause in its mission. */
const effects: Readonly<Record<string, (held: Held) => Promise<unknown>>> = {
  RequestSlice: (held) => missions.fromWire(asked({ type: 'RequestSlice', data: { ...held, usd: 1 } })),
  DeliverMessages: (held) =>
    missions.fromWire(asked({ type: 'DeliverMessages', data: { ...held, messageIds: ['msg-1'], turn: 1 } })),
  PublishBroadcast: (held) =>
    missions.fromWire(
      asked({
        type: 'PublishBroadcast',
        data: { ...held, broadcast: { kind: 'warning', title: 'Beware', body: '' } },
      }),
    ),
  SuspendRun: (held) => missions.fromWire(asked({ type: 'SuspendRun', data: { ...held } })),
  ReleaseRun: released,
  ConcludeRun: (held) =>
    missions.fromWire(
      asked({
        type: 'ConcludeRun',
        data: { ...held, conclusion: { kind: 'asked', questions: [] }, usage },
      }),
    ),
  'a renewal': async (held) => {
    const renewal = await desk.renew({ ...held, ttlMs: leaseTtlMs, progress: { lastLine: 'reads' } });
    if (!renewal.held) throw Object.assign(new Error('It is held no longer.'), { code: 'STALE_TOKEN' });
  },
};

const refused = /^(?:STALE_TOKEN|UNKNOWN_RUN)$/u;

function codeOf(effect: string, held: Held): Promise<unknown> | undefined {
  return effects[effect]?.(held).then(
    () => 'accepted',
    (error: unknown) => (error as { readonly code?: unknown }).code,
  );
}

/** The log, and every row beside it that a run's holder could change. */
async function everything(): Promise<string> {
  const tables = ['event', 'run_lease', 'open_delegation', 'wall_clock_due', 'held_lock'];
  const contents = tables.map(
    (table) => `(select json_agg(t) from (select * from ${table} order by 1, 2) t)`,
  );
  const { rows } = await postgres.pool.query<{ all: string }>(
    `select json_build_array(${contents.join(', ')})::text as all`,
  );
  return rows[0]?.all ?? '';
}

describe.each(Object.keys(effects))('%s', (effect) => {
  it('changes something under the token the run is held under', async () => {
    const held = await heldRun();
    const before = await everything();
    expect(await codeOf(effect, held)).toBe('accepted');
    expect(await everything()).not.toBe(before);
  });

  it.each<readonly [string, (held: Held) => Promise<Held>]>([
    ['under a token from the past', (held) => Promise.resolve({ ...held, token: held.token - 1 })],
    ['under a token from the future', (held) => Promise.resolve({ ...held, token: held.token + 1000 })],
    ['of a run that never was', (held) => Promise.resolve({ ...held, runId: `${missionId}-r99` })],
    ['of a run that was released', (held) => released(held).then(() => held)],
    [
      'of a run that another has claimed since',
      async (held) => {
        await released(held);
        await claimed();
        return held;
      },
    ],
    [
      'of a run that has ended',
      async (held) => {
        await effects['ConcludeRun']?.(held);
        return held;
      },
    ],
  ])('is refused %s, each time, and changes nothing', async (_which, stale) => {
    const held = await stale(await heldRun());
    const before = await everything();
    for (const _time of [1, 2]) expect(await codeOf(effect, held)).toMatch(refused);
    expect(await everything()).toBe(before);
  });
});

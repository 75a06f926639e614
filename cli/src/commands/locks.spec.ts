import {
  lockChangedSchema,
  lockLedger,
  lockLedgerSchema,
  lockNegotiationSchema,
  type LockLedger,
} from '@missions/contracts';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

const at = '2026-03-01T10:00:00.000Z';
const now = '2026-03-01T10:05:00.000Z';
const until = '2026-03-01T10:06:00.000Z';
const resources = [{ resource: 'port:/local/8080', mode: 'X' as const }];
const holder = { claimId: 'm-hold-r1/lock', owner: { missionId: 'm-hold', runId: 'm-hold-r1' }, resources };
const asker = { claimId: 'm-wait-r1/lock', owner: { missionId: 'm-wait', runId: 'm-wait-r1' }, resources };
const grant = { claimId: holder.claimId, token: 7 };

const lease = { scope: 'local', ...grant, holder: 'worker-1', expiresAt: until };
const seen: Parameters<typeof lockLedger>[0] = {
  scope: 'local',
  version: 8,
  held: [{ ...holder, token: 7, ttlMs: 1000, grantedAt: at }],
  queue: [{ ...asker, ttlMs: 1000, requestedAt: at, position: 1, holders: [holder], ahead: [] }],
  closed: [{ resource: 'port:/local/9090', until }],
  pools: [{ resource: 'browser:/local', capacity: 2, used: 1 }],
  waits: [{ owner: asker.owner, claimId: asker.claimId, for: [holder.owner] }],
  negotiations: [
    {
      negotiationId: 'm-wait-r1/lock/n1',
      cause: 'wait',
      claimId: asker.claimId,
      owner: asker.owner,
      resources: asker.resources,
      holders: [{ ...grant, owner: holder.owner }],
      reason: 'It only has to\nstart once.',
      openedAt: at,
      deadline: at,
      rounds: 0,
      proposals: [
        {
          proposalId: 'p1',
          from: 'holder',
          holder: grant,
          offer: { kind: 'release_at', at },
          madeAt: at,
          expires: at,
          state: 'accepted',
        },
      ],
      outcome: { how: 'settled', at },
    },
  ],
  commitments: [{ negotiationId: 'm-wait-r1/lock/n1', ...grant, kind: 'release_at', until }],
};
const ledger: LockLedger = lockLedgerSchema.parse(lockLedger(seen, { at: now, leases: [lease] }));

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map());
  fake.ledgers = [ledger];
  api = await fake.listen();
});

afterEach(() => {
  fake.commands.length = 0;
});

afterAll(() => fake.close());

const locks = (...argv: readonly string[]): Promise<Ran> =>
  runMissions(['locks', ...argv], { env: { MISSIONS_API: api } });

describe('missions locks', () => {
  it('shows who holds what and who waits for whom, each for how long, and how talks ended', async () => {
    const { exitCode, stdout } = await locks();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('m-hold-r1/lock  m-hold m-hold-r1  held 7    port:/local/8080  5 min\n');
    expect(stdout).toContain(
      'm-wait-r1/lock  m-wait m-wait-r1  waits 1.  port:/local/8080  5 min  m-hold m-hold-r1\n',
    );
    expect(stdout).toMatch(/m-wait-r1\/lock\/n1 .* settled\n/u);
  });

  it('draws who waits for whom, and names pools, what is closed and what is promised', async () => {
    const { stdout } = await locks();
    expect(stdout).toContain(
      'who waits for whom:\n  m-hold m-hold-r1\n  └─ m-wait m-wait-r1  waits 5 min for port:/local/8080\n',
    );
    expect(stdout).toContain('pools:\n  browser:/local: 1 of 2 units are taken\n');
    expect(stdout).toContain(`closed:\n  port:/local/9090 until ${until}\n`);
    expect(stdout).toContain(`promised:\n  m-hold-r1/lock gives back by ${until} (m-wait-r1/lock/n1)\n`);
  });

  it('has the same as JSON, with durations and the end of each lease', async () => {
    const { stdout } = await locks('--json');
    const { ledgers } = JSON.parse(stdout) as { readonly ledgers: readonly LockLedger[] };
    expect(ledgers).toEqual([ledger]);
    expect(ledger).toMatchObject({
      held: [{ heldMs: 300_000, expiresAt: until }],
      queue: [{ waitedMs: 300_000 }],
    });
  });

  it('tells what was said where somebody asks about a resource', async () => {
    const { stdout } = await locks('--resource', 'port:/local/8080');
    expect(stdout).toContain(`${at}  m-hold m-hold-r1 proposes: to give it back by ${at} (accepted)\n`);
  });

  it('tells everything that was said in a negotiation, each on its line', async () => {
    const { stdout } = await locks('negotiation', 'm-wait-r1/lock/n1');
    expect(stdout.trimEnd().split('\n')).toEqual([
      'm-wait-r1/lock/n1 in local',
      `${at}  m-wait m-wait-r1 (m-wait-r1/lock) asks m-hold m-hold-r1: It only has to start once.`,
      `${at}  m-hold m-hold-r1 proposes: to give it back by ${at} (accepted)`,
      `${at}  settled`,
    ]);
    const json = await locks('negotiation', 'm-wait-r1/lock/n1', '--json');
    expect(lockNegotiationSchema.safeParse(JSON.parse(json.stdout)).success).toBe(true);
  });

  it('ends with 5 on a negotiation and a claim that nobody knows', async () => {
    expect((await locks('negotiation', 'n9')).exitCode).toBe(5);
    expect((await locks('revoke', 'm-none', '--reason', 'r', '--yes')).exitCode).toBe(5);
    expect((await locks('reorder', holder.claimId, '--reason', 'r')).exitCode).toBe(5);
    expect(fake.commands).toEqual([]);
  });

  it('takes nothing away where nobody can be asked and nobody said yes', async () => {
    const { exitCode, stderr } = await locks('revoke', holder.claimId, '--reason', 'It hangs');
    expect([exitCode, fake.commands]).toEqual([2, []]);
    expect(stderr).toContain('--yes');
  });

  it('takes the grant that was seen, by its token', async () => {
    const { exitCode, stdout } = await locks(
      'revoke',
      holder.claimId,
      '--reason',
      'It hangs',
      '--yes',
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(lockChangedSchema.safeParse(JSON.parse(stdout)).success).toBe(true);
    expect(fake.commands).toEqual([
      {
        path: '/v1/locks/local/revoke',
        body: { ...grant, confirm: true, reason: 'It hangs' },
        key: expect.any(String) as string,
      },
    ]);
  });

  it('extends a grant and moves a waiting claim', async () => {
    await locks('extend', holder.claimId, '--minutes', '1.5', '--reason', 'Nearly done');
    await locks('reorder', asker.claimId, '--before', 'm-third-r1/lock', '--reason', 'Urgent');
    await locks('reorder', asker.claimId, '--reason', 'Urgent');
    expect(fake.commands.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/locks/local/extend', { ...grant, forMs: 90_000, reason: 'Nearly done' }],
      ['/v1/locks/local/reorder', { claimId: asker.claimId, before: 'm-third-r1/lock', reason: 'Urgent' }],
      ['/v1/locks/local/reorder', { claimId: asker.claimId, reason: 'Urgent' }],
    ]);
  });
});

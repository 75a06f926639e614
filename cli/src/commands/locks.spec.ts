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
const third = { claimId: 'm-third-r1/lock', owner: { missionId: 'm-third', runId: 'm-third-r1' }, resources };
const grant = { claimId: holder.claimId, token: 7 };

const lease = { scope: 'local', ...grant, holder: 'worker-1', expiresAt: until };
const seen: Parameters<typeof lockLedger>[0] = {
  scope: 'local',
  version: 8,
  held: [{ ...holder, token: 7, ttlMs: 1000, grantedAt: at }],
  queue: [
    { ...asker, ttlMs: 1000, requestedAt: at, position: 1, holders: [holder], ahead: [] },
    { ...third, ttlMs: 1000, requestedAt: now, position: 2, holders: [holder], ahead: [asker] },
  ],
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
const elsewhere: LockLedger = { ...ledger, scope: 'other', held: [], queue: [], commitments: [] };
const stranger = { ...ledger.queue[0], claimId: 'm-far-r1/lock' } as LockLedger['queue'][number];

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map());
  fake.ledgers = [ledger];
  api = await fake.listen();
});

afterEach(() => {
  fake.commands.length = 0;
  fake.ledgers = [ledger];
  fake.problem = undefined;
});

afterAll(() => fake.close());

const locks = (...argv: readonly string[]): Promise<Ran> =>
  runMissions(['locks', ...argv], { env: { MISSIONS_API: api } });

describe('missions locks', () => {
  it('shows who holds what and who waits for whom, each for how long, and how talks ended', async () => {
    const { exitCode, stdout } = await locks();
    expect(exitCode).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/u));
    expect(rows).toContainEqual([
      'm-hold-r1/lock',
      'm-hold m-hold-r1',
      'held 7',
      'port:/local/8080',
      '5 min',
    ]);
    expect(rows).toContainEqual([
      ...['m-wait-r1/lock', 'm-wait m-wait-r1', 'waits 1.', 'port:/local/8080', '5 min', 'm-hold m-hold-r1'],
    ]);
    expect(stdout).toMatch(/m-wait-r1\/lock\/n1 .* settled\n/u);
  });

  it('draws who waits for whom, and names pools, what is closed and what is promised', async () => {
    const { stdout } = await locks();
    expect(stdout).toContain(
      'who waits for whom:\n  m-hold m-hold-r1\n  └─ m-wait m-wait-r1  waits 5 min for port:/local/8080\n',
    );
    expect(stdout).toContain('pools:\n  browser:/local: 1 of 2 units are taken\n');
    expect(stdout).toContain(`closed:\n  port:/local/9090 until ${until}\n`);
    expect(stdout).toContain(`  m-hold-r1/lock gives back by ${until} (m-wait-r1/lock/n1)\n`);
  });

  it('says until when a grant is kept at least, as long as that is to come', async () => {
    const extended = (keptUntil: string) => ledger.held.map((one) => ({ ...one, keptUntil }));
    expect((await locks()).stdout).not.toContain('is kept until');
    fake.ledgers = [{ ...ledger, held: extended(until) }];
    const kept = `promised:\n  m-hold-r1/lock is kept until ${until} at least\n`;
    expect((await locks()).stdout).toContain(kept);
    const promisedLess = ledger.commitments.map((one) => ({ ...one, until: now }));
    fake.ledgers = [{ ...ledger, held: extended(until), commitments: promisedLess }];
    expect((await locks()).stdout).not.toContain('is kept until');
    fake.ledgers = [{ ...ledger, held: extended(at) }];
    expect((await locks()).stdout).not.toContain('is kept until');
  });

  it('has the same as JSON, with durations and the end of each lease', async () => {
    const { stdout } = await locks('--json');
    const { ledgers } = JSON.parse(stdout) as { readonly ledgers: readonly LockLedger[] };
    expect(ledgers).toEqual([ledger]);
    expect(ledger).toMatchObject({
      held: [{ heldMs: 300_000, expiresAt: until }],
      queue: [{ waitedMs: 300_000 }, { waitedMs: 0 }],
    });
  });

  it('tells what was said where somebody asks about a resource', async () => {
    const { stdout } = await locks('--resource', 'port:/local/8080');
    expect(stdout).toContain(`${at}  m-hold m-hold-r1 proposes: to give it back by ${at} (accepted)\n`);
  });

  it('knows an owner that is no mission, and of no other that it is one', async () => {
    const owned = ledger.held.map((one) => ({ ...one, owner: { missionId: 'ext-ci' } }));
    fake.ledgers = [{ ...ledger, held: owned }];
    const { exitCode, stdout } = await locks('--mission', 'ext-ci');
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^ext-ci is no mission;/u)]);
    expect((await locks('--mission', 'm-typo')).exitCode).toBe(5);
  });

  it('tells everything that was said in a negotiation, each on its line', async () => {
    const { stdout } = await locks('negotiation', 'm-wait-r1/lock/n1');
    expect(stdout.trimEnd().split('\n')).toEqual([
      'm-wait-r1/lock/n1 in local, for port:/local/8080',
      `${at}  m-wait m-wait-r1 (m-wait-r1/lock) asks m-hold m-hold-r1: It only has to start once.`,
      `${at}  m-hold m-hold-r1 proposes: to give it back by ${at} (accepted)`,
      `${at}  settled`,
    ]);
    const json = await locks('negotiation', 'm-wait-r1/lock/n1', '--json');
    expect(lockNegotiationSchema.safeParse(JSON.parse(json.stdout)).success).toBe(true);
  });

  it.each([
    ['of a negotiation that nobody knows', 5, ['negotiation', 'n9'], 'There is no n9.'],
    [
      'of a claim that nobody knows',
      5,
      ['revoke', 'm-none', '--reason', 'r', '--yes'],
      'm-none neither holds nor waits for anything.',
    ],
    [
      'of a grant that still waits',
      6,
      ['extend', asker.claimId, '--minutes', '5', '--reason', 'r'],
      `${asker.claimId} waits: it holds nothing yet that could be taken or kept.`,
    ],
    [
      'of a place for what holds',
      6,
      ['reorder', holder.claimId, '--reason', 'r'],
      `${holder.claimId} holds what it asked for: only claims that wait have places in a queue.`,
    ],
    [
      'of a place before what holds',
      6,
      ['reorder', asker.claimId, '--before', holder.claimId, '--reason', 'r'],
      `${holder.claimId} holds what it asked for: only claims that wait have places in a queue.`,
    ],
    [
      'of a place before what nobody knows',
      5,
      ['reorder', asker.claimId, '--before', 'nope', '--reason', 'r'],
      'nope neither holds nor waits for anything.',
    ],
  ])('says %s what is so, ends with %i and shows where to look', async (_what, exitCode, argv, message) => {
    const { stderr, ...ran } = await locks(...argv);
    expect([ran.exitCode, fake.commands]).toEqual([exitCode, []]);
    expect(stderr).toBe(`error ${message}\nnext:  missions locks\n`);
  });

  it('moves nothing before itself, or into another queue', async () => {
    const itself = await locks('reorder', asker.claimId, '--before', asker.claimId, '--reason', 'r');
    expect([itself.exitCode, itself.stderr]).toEqual([
      2,
      expect.stringContaining(`--before names ${asker.claimId} itself.`),
    ]);
    fake.ledgers = [ledger, { ...elsewhere, queue: [stranger] }];
    const far = await locks('reorder', asker.claimId, '--before', stranger.claimId, '--reason', 'r');
    expect([far.exitCode, far.stderr]).toEqual([
      6,
      expect.stringContaining(`${asker.claimId} waits in local and ${stranger.claimId} in other`),
    ]);
    expect(fake.commands).toEqual([]);
  });

  it.each([
    ['too long a time', ['--minutes', '1e9'], 'Give minutes from 0.1 to 10080, which is a week.'],
    ['next to no time', ['--minutes', '0.0000001'], 'Give minutes from 0.1 to 10080, which is a week.'],
    ['no number', ['--minutes', 'abc'], 'Give minutes from 0.1 to 10080, which is a week.'],
    ['no reason', ['--minutes', '5', '--reason', ' '], 'Say why; it is kept in the log.'],
  ])('takes %s for a misuse', async (_what, options, message) => {
    const { exitCode, stderr } = await locks('extend', holder.claimId, '--reason', 'r', ...options);
    expect([exitCode, fake.commands]).toEqual([2, []]);
    expect(stderr).toContain(`is invalid. ${message}\n`);
  });

  it.each(['MALFORMED_RESOURCE', 'UNKNOWN_RESOURCE_KIND'])('takes %s for a misuse as well', async (code) => {
    fake.problem = { type: 'urn:x', title: 'Refused', status: 422, detail: 'It is malformed.', code };
    const { exitCode, stderr } = await locks('--resource', 'nonsense');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('next:  name it as in port:/local/8080');
  });

  it('shows what people wrote in a refusal as text, with no line that could be taken for its own', async () => {
    const detail = `Claim c has already been revoked by eva: \u001b[2J\u001b]0;owned\u0007It hangs\nnext:  rm -rf /`;
    fake.problem = { type: 'urn:x', title: 'Refused', status: 409, detail, code: 'CLAIM_ENDED' };
    const { stderr } = await locks('reorder', asker.claimId, '--reason', 'r');
    expect(stderr).toBe(
      'error Claim c has already been revoked by eva: It hangs\n  next:  rm -rf /\nnext:  missions locks\n',
    );
  });

  it('shows names that others gave as text, in answers and transcripts', async () => {
    const claimId = 'm-wait\u001b[2J\nr1';
    const negotiations = ledger.negotiations.map((one) => ({ ...one, claimId }));
    fake.ledgers = [{ ...ledger, negotiations, queue: ledger.queue.map((one) => ({ ...one, claimId })) }];
    const moved = await locks('reorder', claimId, '--reason', 'r');
    expect(moved.stdout).toBe('m-wait r1 is now at the head of the queue.\n');
    const { stdout } = await locks('negotiation', 'm-wait-r1/lock/n1');
    expect(stdout).toContain('m-wait m-wait-r1 (m-wait r1) asks m-hold m-hold-r1: ');
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
    const said = [
      await locks('reorder', third.claimId, '--before', asker.claimId, '--reason', 'Urgent'),
      await locks('reorder', third.claimId, '--reason', 'Urgent'),
    ];
    expect(said.map(({ stdout }) => stdout)).toEqual([
      `${third.claimId} is now right before ${asker.claimId}.\n`,
      `${third.claimId} is now at the head of the queue.\n`,
    ]);
    expect(fake.commands.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/locks/local/extend', { ...grant, forMs: 90_000, reason: 'Nearly done' }],
      ['/v1/locks/local/reorder', { claimId: third.claimId, before: asker.claimId, reason: 'Urgent' }],
      ['/v1/locks/local/reorder', { claimId: third.claimId, reason: 'Urgent' }],
    ]);
  });
});

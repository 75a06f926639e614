import { ledgerHistorySchema, type LedgerHistory } from '@missions/contracts';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

const at = '2026-03-01T10:00:00.000Z';
const local: LedgerHistory = ledgerHistorySchema.parse({
  scope: 'local',
  entries: [
    { version: 12, at, type: 'LockRevoked', line: 'eva took port:/local/8080: It hangs', reason: 'It hangs' },
    { version: 9, at, type: 'LockGranted', line: 'm-a holds port:/local/8080' },
  ],
});

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map());
  api = await fake.listen();
});

beforeEach(() => fake.histories.set('local', local));
afterAll(() => fake.close());

const history = (...argv: readonly string[]): Promise<Ran> =>
  runMissions(['locks', 'history', ...argv], { env: { MISSIONS_API: api } });

describe('missions locks history', () => {
  it('tells what was decided, oldest first, as a log', async () => {
    const { exitCode, stdout } = await history('local');
    expect([exitCode, fake.askedHistory]).toEqual([0, '']);
    expect(stdout).toBe(
      `${at}   9  m-a holds port:/local/8080\n${at}  12  eva took port:/local/8080: It hangs\n`,
    );
  });

  it('is the answer of the API as JSON', async () => {
    expect(JSON.parse((await history('local', '--json')).stdout)).toEqual(local);
  });

  it('asks for what concerns all that is named', async () => {
    await history(
      'local',
      '--mission',
      'm-a',
      '--claim',
      'm-a/lock',
      '--resource',
      'port:/local/1',
      '--limit',
      '3',
    );
    expect(fake.askedHistory).toBe('?resource=port:/local/1&mission=m-a&claim=m-a/lock&limit=3');
    await history('port:/local/8080', '--before', '12');
    expect(fake.askedHistory).toBe('?resource=port:/local/8080&before=12');
  });

  it('says by which command one goes on, in words that a shell takes as they are', async () => {
    fake.histories.set('local', { ...local, before: 9 });
    const { stdout } = await history(
      'port:/local/8080',
      '--claim',
      "m-a's lock",
      '--limit',
      '2',
      '--before',
      '20',
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `earlier: missions locks history local --resource port:/local/8080 --claim 'm-a'\\''s lock' --limit 2 --before 9`,
    );
  });

  it('says so where nothing was decided that is wanted', async () => {
    fake.histories.set('local', { scope: 'local', entries: [] });
    expect((await history('local')).stdout).toBe('Nothing like it was decided in local.\n');
    fake.histories.set('local', { scope: 'local', entries: [], before: 7 });
    expect((await history('local')).stdout).toBe(
      'Nothing like it was decided in local lately.\nearlier: missions locks history local --before 7\n',
    );
  });

  it('shows what others wrote as text, each on its line', async () => {
    const line = 'eva took it: \u001b[2Jhangs\nnext:  rm -rf /\u202e';
    fake.histories.set('local', { ...local, entries: local.entries.map((one) => ({ ...one, line })) });
    const { stdout } = await history('local');
    expect(stdout).toContain(`${at}  12  eva took it: hangs next: rm -rf /\n`);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  it('says of a ledger that there is not where to look', async () => {
    const { exitCode, stderr } = await history('elsewhere');
    expect([exitCode, stderr]).toEqual([5, 'error There is no ledger elsewhere.\nnext:  missions locks\n']);
  });

  it.each([
    ['two resources', ['port:/local/1', '--resource', 'port:/local/2'], 'both name a resource'],
    ['a resource without a ledger', ['port:/'], '<scope> is empty'],
    ['too many', ['local', '--limit', '501'], 'Give a whole number from 1 to 500.'],
    ['no version', ['local', '--before', '0'], 'Give a whole number above 0.'],
  ])('takes %s for a misuse', async (_what, argv, message) => {
    const { exitCode, stderr } = await history(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

import { jest } from '@jest/globals';
import { apiRoutes, ledgerHistorySchema, problemSchema, type LedgerHistory } from '@missions/contracts';
import type { LeasingCommand } from '@missions/leasing';
import { temporaryDirectory, testDatabase, testNats } from '@missions/testing';
import { openApiStage, type ApiStage } from './testing/wiring/api-stage.ts';

jest.setTimeout(60_000);

let api: ApiStage;

beforeAll(async () => {
  api = await openApiStage({ testDatabase, testNats, temporaryDirectory });
  await happened('past');
});

afterAll(() => api.close());

const eva = { kind: 'person', id: 'eva' } as const;
const lock = (missionId: string) => ({ claimId: `${missionId}/lock` });

function claims(scope: string, missionId: string, port = 8080): LeasingCommand {
  const resources = [{ resource: `port:/${scope}/${String(port)}`, mode: 'X' as const }];
  return {
    type: 'RequestClaim',
    data: { ...lock(missionId), owner: { missionId }, resources, ttlMs: 60_000 },
  };
}

/** Three wait for each other's port, a person steps in, and a fourth has another port. */
async function happened(scope: string): Promise<void> {
  const said: readonly LeasingCommand[] = [
    claims(scope, 'm-a'),
    claims(scope, 'm-b'),
    claims(scope, 'm-c'),
    claims(scope, 'm-d', 9090),
    { type: 'MoveWaiter', data: { ...lock('m-c'), by: eva, reason: 'It is late' } },
    { type: 'RevokeClaim', data: { ...lock('m-a'), token: 2, confirm: true, by: eva, reason: 'It hangs' } },
    { type: 'ServeQueue', data: {} },
  ];
  for (const [index, command] of said.entries())
    await api.ledgers.decide(scope, command, `${scope}/${String(index)}`);
}

function ask(path: string, token?: string): Promise<Response> {
  return api.call('GET', `/v1/locks/${path}`, token === undefined ? {} : { token });
}

async function history(query = '', scope = 'past'): Promise<LedgerHistory> {
  return ledgerHistorySchema.parse(await (await ask(`${scope}/history${query}`)).json());
}

const versions = ({ entries }: LedgerHistory): readonly number[] => entries.map(({ version }) => version);

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, problemSchema.parse(await response.json()).code];
}

describe('what was decided about what missions share', () => {
  it('is told newest first: who had it, who took it and why, who has it now', async () => {
    const { entries, ...rest } = await history();
    expect(rest).toEqual({ scope: 'past' });
    expect(entries.map(({ type }) => type)).toEqual([
      ...['LockGranted', 'LockRevoked', 'WaiterMoved', 'LockGranted', 'LockRequested'],
      ...['LockRequested', 'LockRequested', 'LockGranted', 'LockRequested'],
    ]);
    expect(entries[0]?.line).toBe('m-c (m-c/lock) holds port:/past/8080');
    expect(entries[1]).toMatchObject({ ...lock('m-a'), by: eva, reason: 'It hangs' });
    expect(entries[2]?.line).toBe('eva moved m-c (m-c/lock) to the head of the queue: It is late');
  });

  it('is told page by page, back to its beginning', async () => {
    const pages: (readonly number[])[] = [];
    let before: number | undefined;
    do {
      const page = await history(`?limit=4${before === undefined ? '' : `&before=${String(before)}`}`);
      pages.push(versions(page));
      before = page.before;
    } while (before !== undefined);
    expect(pages).toEqual([[9, 8, 7, 6], [5, 4, 3, 2], [1]]);
  });

  it('leaves out what concerns none of what is named', async () => {
    expect(versions(await history('?mission=m-c'))).toEqual([9, 7, 4]);
    expect(versions(await history('?claim=m-a/lock'))).toEqual([8, 2, 1]);
    expect(versions(await history('?resource=port:/past/9090'))).toEqual([6, 5]);
    expect(versions(await history('?resource=port:/past/8080&mission=m-d'))).toEqual([]);
    expect(versions(await history('?mission=m-c&limit=1'))).toEqual([9]);
  });

  it('refuses a ledger that there is not, a name that there cannot be, and too much at once', async () => {
    expect(await codeOf(await ask('none/history'))).toEqual([404, 'UNKNOWN_LEDGER']);
    expect(await codeOf(await ask('past/history?resource=nonsense'))).toEqual([422, 'MALFORMED_RESOURCE']);
    expect(await codeOf(await ask('no%20where/history'))).toEqual([422, 'MALFORMED_REQUEST']);
    for (const query of ['limit=501', 'limit=0', 'before=0', 'before=x', 'missoin=m-a'])
      expect(await codeOf(await ask(`past/history?${query}`))).toEqual([422, 'MALFORMED_REQUEST']);
  });

  it('is for everybody who may look, and leaves negotiations where they are', async () => {
    const viewer = await api.tokenFor({ person: 'vera', role: 'viewer', kind: 'person' });
    expect((await ask('past/history', viewer)).status).toBe(200);
    expect(apiRoutes['GET /v1/locks/:scope/history'].role).toBe('viewer');
    expect((await ask('past/history', 'nobody')).status).toBe(401);
    expect(await codeOf(await ask('negotiations/n9'))).toEqual([404, 'UNKNOWN_NEGOTIATION']);
  });

  it('is told while the owner of the ledgers is away', async () => {
    await api.ledgers.leave();
    expect(versions(await history('?limit=1'))).toEqual([9]);
  });
});

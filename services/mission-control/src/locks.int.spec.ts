import { jest } from '@jest/globals';
import {
  apiRoutes,
  lockChangedSchema,
  problemSchema,
  type LockLedger,
  type LockView,
} from '@missions/contracts';
import type { OpenNegotiation } from '@missions/leasing';
import { builtM1, type History } from '@missions/mission/testing';
import { temporaryDirectory, testDatabase, testNats } from '@missions/testing';
import { openApiStage, type ApiStage } from './testing/wiring/api-stage.ts';
import type { Asked } from './testing/wiring/serve-api.ts';

jest.setTimeout(60_000);

let api: ApiStage;

beforeAll(async () => {
  api = await openApiStage({ testDatabase, testNats, temporaryDirectory });
});

afterAll(() => api.close());

interface Options extends Pick<Asked, 'body' | 'token'> {
  readonly key?: string;
}

function call(path: string, { key, ...asked }: Options = {}): Promise<Response> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return api.call(asked.body === undefined ? 'GET' : 'POST', path, { ...asked, headers });
}

async function ledgers(query = ''): Promise<readonly LockLedger[]> {
  return apiRoutes['GET /v1/locks'].response.parse(await (await call(`/v1/locks${query}`)).json());
}

async function locksOf(missionId: string): Promise<readonly LockView[]> {
  const response = await call(`/v1/missions/${missionId}/locks`);
  return apiRoutes['GET /v1/missions/:id/locks'].response.parse(await response.json());
}

/** The run that waits for the ports of the product. */
function untilItWaits(history: History): History {
  return history.run.lock === undefined ? untilItWaits(history.done()) : history;
}

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, problemSchema.parse(await response.json()).code];
}

async function claims(scope: string, missionId: string, port = 8080): Promise<number> {
  const claimId = `${missionId}/lock`;
  const resources = [{ resource: `port:/${scope}/${String(port)}`, mode: 'X' as const }];
  const data = { claimId, owner: { missionId }, resources, ttlMs: 60_000 };
  const ledger = await api.ledgers.decide(scope, { type: 'RequestClaim', data }, `request/${claimId}`);
  return ledger.held.get(claimId)?.token ?? 0;
}

function since(ledger: LockLedger | undefined, earlier = ''): number {
  return Date.parse(ledger?.at ?? '') - Date.parse(earlier);
}

const grantOf = (missionId: string, token: number) => ({ claimId: `${missionId}/lock`, token });

describe('looking at what missions share', () => {
  it('shows holders, the queue with why and since when, and who waits for whom, of every ledger', async () => {
    await claims('seen', 'm-a');
    await claims('seen', 'm-b');
    await claims('other', 'm-c');
    const all = await ledgers();
    expect(all.map(({ scope }) => scope)).toEqual(expect.arrayContaining(['other', 'seen']));
    const [seen] = all.filter(({ scope }) => scope === 'seen');
    expect(seen?.held).toMatchObject([{ claimId: 'm-a/lock', token: 2 }]);
    expect(seen?.queue).toMatchObject([
      { claimId: 'm-b/lock', position: 1, holders: [{ claimId: 'm-a/lock' }], ahead: [] },
    ]);
    expect(seen?.queue[0]?.waitedMs).toBe(since(seen, seen?.queue[0]?.requestedAt));
    expect(seen?.held[0]?.heldMs).toBe(since(seen, seen?.held[0]?.grantedAt));
    expect(seen?.waits).toEqual([
      { owner: { missionId: 'm-b' }, claimId: 'm-b/lock', for: [{ missionId: 'm-a' }] },
    ]);
  });

  it('leaves out what concerns neither the mission nor the resource that is named', async () => {
    await claims('sifted', 'm-d');
    await claims('sifted', 'm-e');
    await claims('sifted', 'm-f', 9090);
    const named = (of: readonly LockLedger[]) =>
      of.flatMap(({ held, queue }) => [...held, ...queue].map((one) => one.claimId));
    expect(named(await ledgers('?mission=m-e'))).toEqual(['m-d/lock', 'm-e/lock']);
    expect(named(await ledgers('?resource=port:/sifted/9090'))).toEqual(['m-f/lock']);
    expect(named(await ledgers('?mission=m-nobody'))).toEqual([]);
    expect(await codeOf(await call('/v1/locks?resource=nonsense'))).toEqual([422, 'MALFORMED_RESOURCE']);
  });

  it('tells what the run of a mission waits for, behind whom and for how long', async () => {
    const { facts, run, mission } = untilItWaits(builtM1());
    await api.owner.happen(mission.id, facts);
    await claims('wanted', 'm-q');
    const claimId = run.lock?.claimId ?? '';
    const data = {
      ...{ claimId, owner: { missionId: mission.id, runId: run.id }, ttlMs: 60_000 },
      resources: [{ resource: 'port:/wanted/8080', mode: 'X' as const }],
    };
    await api.ledgers.decide('wanted', { type: 'RequestClaim', data }, `request/${claimId}`);
    const [lock, ...others] = await locksOf(mission.id);
    expect(lock).toMatchObject({
      ...{ claimId, runId: run.id, state: 'waiting', waitedMs: expect.any(Number) as number },
      queue: { position: 1, holders: [{ claimId: 'm-q/lock' }] },
    });
    expect(others).toEqual([]);
    expect(await codeOf(await call('/v1/missions/m-none1/locks'))).toEqual([404, 'MISSION_NOT_FOUND']);
  });

  it('tells what was said in a negotiation, by its name', async () => {
    const token = await claims('talk', 'm-g');
    await claims('talk', 'm-h');
    const data: OpenNegotiation['data'] = {
      negotiationId: 'm-h/lock/n1',
      claimId: 'm-h/lock',
      withinMs: 60_000,
      reason: 'Only once.',
    };
    await api.ledgers.decide('talk', { type: 'OpenNegotiation', data }, 'open/n1');
    const response = await call(`/v1/locks/negotiations/${encodeURIComponent('m-h/lock/n1')}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      scope: 'talk',
      owner: { missionId: 'm-h' },
      holders: [{ claimId: 'm-g/lock', token }],
      reason: 'Only once.',
    });
    expect(await codeOf(await call('/v1/locks/negotiations/n9'))).toEqual([404, 'UNKNOWN_NEGOTIATION']);
  });
});

describe('what people do about it', () => {
  it('takes a grant only with confirmation, once for each key, as the person', async () => {
    const grant = grantOf('m-i', await claims('taken', 'm-i'));
    await claims('taken', 'm-j');
    const path = '/v1/locks/taken/revoke';
    const body = { ...grant, reason: 'It hangs' };
    expect(await codeOf(await call(path, { body }))).toEqual([409, 'CONFIRMATION_REQUIRED']);
    const first = await call(path, { body: { ...body, confirm: true }, key: 'k1' });
    expect(first.status).toBe(202);
    const changed = lockChangedSchema.parse(await first.json());
    const again = await call(path, { body: { ...body, confirm: true }, key: 'k1' });
    expect(await again.json()).toMatchObject({ commandId: changed.commandId, claimId: grant.claimId });
    const [ledger] = await ledgers('?mission=m-i');
    expect(ledger?.held ?? []).toEqual([]);
    const revoked = (await api.connections.store.events.read('resources-taken')).filter(
      ({ type }) => type === 'LockRevoked',
    );
    expect(revoked.map(({ data }) => data)).toEqual([
      expect.objectContaining({ by: { kind: 'person', id: 'ana' }, reason: 'It hangs' }),
    ]);
  });

  it('extends a grant and moves a waiting claim', async () => {
    const grant = grantOf('m-k', await claims('moved', 'm-k'));
    for (const mission of ['m-l', 'm-n']) await claims('moved', mission);
    const extended = await call('/v1/locks/moved/extend', {
      body: { ...grant, forMs: 60_000, reason: 'Soon' },
    });
    expect(extended.status).toBe(202);
    const body = { claimId: 'm-n/lock', before: 'm-l/lock', reason: 'Urgent' };
    expect((await call('/v1/locks/moved/reorder', { body })).status).toBe(202);
    const [ledger] = (await ledgers()).filter(({ scope }) => scope === 'moved');
    expect(ledger?.queue.map(({ claimId }) => claimId)).toEqual(['m-n/lock', 'm-l/lock']);
  });

  it('refuses a grant that has moved on, and one that nobody has', async () => {
    const grant = grantOf('m-o', await claims('stale', 'm-o'));
    const revoke = (body: object) =>
      call('/v1/locks/stale/revoke', { body: { confirm: true, reason: 'r', ...body } });
    expect((await revoke({ ...grant, token: 1 })).status).toBe(409);
    expect(await codeOf(await revoke({ claimId: 'm-none', token: 1 }))).toEqual([404, 'UNKNOWN_CLAIM']);
    const nothing = await call('/v1/locks/stale/extend', { body: { ...grant, forMs: 0, reason: 'r' } });
    expect(await codeOf(nothing)).toEqual([422, 'MALFORMED_REQUEST']);
  });

  it('has no filter that nobody knows: a misspelt one would show everything', async () => {
    const misspelt = await call('/v1/locks?misson=m-a&resource=port:/local/8080');
    expect(await codeOf(misspelt)).toEqual([422, 'MALFORMED_REQUEST']);
    expect(await codeOf(await call('/v1/missions?status=running'))).toEqual([422, 'MALFORMED_REQUEST']);
  });

  it.each(['revoke', 'extend', 'reorder'])(
    'refuses to %s in what can be the name of no ledger',
    async (what) => {
      const body = { reorder: { claimId: 'm-none' }, extend: { ...grantOf('m-none', 1), forMs: 1 } }[what];
      const path = `/v1/locks/${encodeURIComponent('no where')}/${what}`;
      const answer = await call(path, { body: { ...(body ?? grantOf('m-none', 1)), reason: 'r' } });
      expect(await codeOf(answer)).toEqual([422, 'MALFORMED_REQUEST']);
    },
  );

  it('is for operators, and never for an agent', async () => {
    const grant = grantOf('m-p', await claims('guarded', 'm-p'));
    const body = { ...grant, confirm: true, reason: 'r' };
    const viewer = await api.tokenFor({ person: 'vera', role: 'viewer', kind: 'person' });
    const agent = await api.tokenFor({ person: 'ana', role: 'admin', kind: 'agent' });
    const path = '/v1/locks/guarded/revoke';
    expect(await codeOf(await call(path, { body, token: viewer }))).toEqual([403, 'FORBIDDEN']);
    expect(await codeOf(await call(path, { body, token: agent }))).toEqual([403, 'AGENT_MAY_NOT_DECIDE']);
    expect((await call('/v1/locks', { token: agent })).status).toBe(200);
    expect((await ledgers('?mission=m-p'))[0]?.held).toHaveLength(1);
  });
});

describe('while the owner of the ledgers is away', () => {
  it('says which service it is, to whoever looks and to whoever steps in', async () => {
    const token = await claims('away', 'm-z');
    await api.ledgers.leave();
    const body = { ...grantOf('m-z', token), forMs: 60_000, reason: 'Nearly done' };
    for (const response of [await call('/v1/locks'), await call('/v1/locks/away/extend', { body })])
      expect(problemSchema.parse(await response.json())).toMatchObject({
        ...{ status: 503, code: 'BUS_NO_RESPONDERS' },
        detail: 'resource-lock does not answer at the moment; try again.',
      });
  });
});

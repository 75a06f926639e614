import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import {
  apiRoutes,
  cloudEventSchema,
  commandAcceptedSchema,
  missionCard,
  missionReport,
  problemSchema,
  reportMarkdown,
  whyViewSchema,
  type ApiRoute,
  type ApiRouteKey,
  type CommandAccepted,
} from '@missions/contracts';
import { artifactDigest } from '@missions/event-store';
import { chronicleOf, missionStream } from '@missions/mission';
import { atFinalProof } from '@missions/mission/testing';
import { MissionFolds } from '@missions/runs';
import { settle, temporaryDirectory, testDatabase, testNats } from '@missions/testing';
import pg from 'pg';
import { openApiStage, type ApiStage } from './testing/wiring/api-stage.ts';

jest.setTimeout(60_000);

let api: ApiStage;
let repository: string;

beforeAll(async () => {
  api = await openApiStage({ testDatabase, testNats, temporaryDirectory });
  repository = makeRepository(api.directory);
});

afterAll(() => api.close());

function makeRepository(parent: string): string {
  const path = join(parent, 'repository');
  mkdirSync(path);
  writeFileSync(join(path, 'README.md'), 'A repository.\n');
  const identity = ['-c', 'user.name=ana', '-c', 'user.email=ana@example.com'];
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    [...identity, 'commit', '-qm', 'begin'],
  ])
    execFileSync('git', args, { cwd: path });
  writeFileSync(join(path, 'uncommitted.txt'), 'not part of it\n');
  return path;
}

const call: ApiStage['call'] = (...request) => api.call(...request);

async function json(response: Promise<Response>): Promise<unknown> {
  return (await response).json();
}

async function newMission(headers: Readonly<Record<string, string>> = {}): Promise<CommandAccepted> {
  const response = await call('POST', '/v1/missions', { body: { goal: 'Make it so', repository }, headers });
  expect(response.status).toBe(202);
  return commandAcceptedSchema.parse(await response.json());
}

/** Answers how many cards it threw away. */
async function forgetList(): Promise<number> {
  const client = new pg.Client({ connectionString: api.database.connectionString });
  await client.connect();
  try {
    await client.query('begin');
    const { rowCount } = await client.query('delete from mission_card');
    await client.query(`delete from bus_cursor where consumer = 'mission-control'`);
    await client.query(
      `update bus_sweep set cursor = null, rewinds = rewinds + 1 where consumer = 'mission-control'`,
    );
    await client.query('commit');
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}

/** A mission with the whole story of one that was completed. */
async function completedMission(): Promise<string> {
  const { missionId } = await newMission();
  const text = JSON.stringify(atFinalProof().validated().facts.slice(1)).replaceAll('m-demo1', missionId);
  await api.owner.happen(missionId, JSON.parse(text) as { type: string; data: unknown }[]);
  return missionId;
}

describe('who may do what', () => {
  it('lets nobody in without a token, on any route but the public ones', async () => {
    for (const [key, { role }] of Object.entries<ApiRoute>(apiRoutes)) {
      const [method = '', pattern = ''] = key.split(' ');
      const path = pattern.replaceAll(/:\w+/g, 'm-none');
      const response = await fetch(`${api.url}${path}`, { method });
      expect([key, response.status]).toEqual([key, role === 'public' ? 200 : 401]);
      await response.arrayBuffer();
    }
  });

  it('refuses a viewer every command, before anything is looked at', async () => {
    const token = await api.tokenFor({ person: 'vic', role: 'viewer', kind: 'person' });
    for (const key of Object.keys(apiRoutes).filter((one) => !one.startsWith('GET '))) {
      const [method = '', pattern = ''] = key.split(' ');
      const response = await call(method, pattern.replaceAll(/:\w+/g, 'm-none'), { token });
      expect(response.status).toBe(403);
      expect(problemSchema.parse(await response.json()).code).toBe('FORBIDDEN');
    }
  });

  it('lets an agent read and never decide', async () => {
    const token = await api.tokenFor({ person: 'bot', role: 'operator', kind: 'agent' });
    expect((await call('GET', '/v1/missions', { token })).status).toBe(200);
    const { missionId } = await newMission();
    const refused = call('POST', `/v1/missions/${missionId}/approval`, {
      token,
      body: { decision: 'approve' },
    });
    expect(await json(refused)).toMatchObject({ status: 403, code: 'AGENT_MAY_NOT_DECIDE' });
  });

  it('knows an expired and a revoked token no more', async () => {
    const expired = await api.tokenFor({ person: 'old', role: 'viewer', kind: 'person', expiresInDays: -1 });
    expect((await call('GET', '/v1/me', { token: expired })).status).toBe(401);
    const issued = (await json(call('POST', '/v1/tokens', { body: { person: 'cem', role: 'viewer' } }))) as {
      token: string;
      tokenId: string;
    };
    expect((await call('GET', '/v1/me', { token: issued.token })).status).toBe(200);
    await call('DELETE', `/v1/tokens/${issued.tokenId}`);
    expect((await call('GET', '/v1/me', { token: issued.token })).status).toBe(401);
  });
});

describe('starting a mission', () => {
  it('fixes the commit, keeps the base, and says what is not part of it', async () => {
    const { missionId, seq, notes } = await newMission();
    expect(seq).toBeGreaterThan(0);
    expect(notes?.join(' ')).toMatch(/uncommitted/i);
    const mission = (await json(call('GET', `/v1/missions/${missionId}`))) as {
      repository: { baseSha: string; baseBundle: string };
      createdBy: string;
    };
    expect(mission.createdBy).toBe('ana');
    expect(mission.repository.baseSha).toMatch(/^[0-9a-f]{40}$/);
    const bundle = await call('GET', `/v1/artifacts/${mission.repository.baseBundle}`);
    const bytes = new Uint8Array(await bundle.arrayBuffer());
    expect(artifactDigest(bytes)).toBe(mission.repository.baseBundle);
    expect(bundle.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(bundle.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('happens once for one idempotency key, though the repository has moved on', async () => {
    const key = { 'idempotency-key': 'start-once' };
    const first = await newMission(key);
    const identity = ['-c', 'user.name=ana', '-c', 'user.email=ana@example.com'];
    execFileSync('git', [...identity, 'commit', '--allow-empty', '-qm', 'on'], { cwd: repository });
    const second = await newMission(key);
    expect(second).toMatchObject({ missionId: first.missionId, commandId: first.commandId });
    expect((await newMission()).missionId).not.toBe(first.missionId);
  });

  it.each([
    ['a path where nothing is', { goal: 'x', repository: '/nowhere' }, 'REPOSITORY_NOT_FOUND'],
    ['a folder that is no repository', { goal: 'x', repository: '/' }, 'NOT_A_REPOSITORY'],
    ['an empty goal', { goal: ' ', repository: '/' }, 'MALFORMED_REQUEST'],
    ['a field nobody knows', { goal: 'x', repository: '/', gaol: 1 }, 'MALFORMED_REQUEST'],
  ])('refuses %s', async (_what, body, code) => {
    const response = await call('POST', '/v1/missions', { body });
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(problemSchema.parse(await response.json())).toMatchObject({ code, status: 422 });
  });

  it('names a branch that is not there', async () => {
    const body = { goal: 'x', repository, base: 'mian' };
    expect(await json(call('POST', '/v1/missions', { body }))).toMatchObject({ code: 'BRANCH_NOT_FOUND' });
  });
});

describe('a command', () => {
  it('is refused when it was decided at another version', async () => {
    const { missionId } = await newMission();
    const path = `/v1/missions/${missionId}/pause`;
    const stale = await call('POST', path, { headers: { 'if-match': '"1"' } });
    expect(stale.status).toBe(409);
    expect(await stale.json()).toMatchObject({ code: 'CONCURRENCY', evidence: { expected: 1 } });
    const { seq } = (await json(call('GET', `/v1/missions/${missionId}`))) as { seq: number };
    expect((await call('POST', path, { headers: { 'if-match': String(seq) } })).status).toBe(202);
  });

  it.each([
    ['of a mission that is not there', '/v1/missions/m-nothere/pause', {}, 404, 'MISSION_NOT_FOUND'],
    ['on an approval that is none', '/v1/approvals/APR-1', { decision: 'approved' }, 404, 'UNKNOWN_APPROVAL'],
  ])('%s is answered with the reason', async (_what, path, body, status, code) => {
    const response = await call('POST', path, { body });
    expect([response.status, problemSchema.parse(await response.json()).code]).toEqual([status, code]);
  });

  it('that breaks a rule is refused in the words of the rule', async () => {
    const { missionId } = await newMission();
    const path = `/v1/missions/${missionId}`;
    expect(await json(call('POST', `${path}/approval`, { body: { decision: 'approve' } }))).toMatchObject({
      status: 409,
      code: 'NOT_AWAITING_APPROVAL',
    });
    expect(await json(call('POST', `${path}/budget`, { body: { maxCostUsd: 5 } }))).toMatchObject({
      status: 422,
      code: 'BUDGET_NOT_RAISED',
    });
  });

  it('that is no JSON, or too large, is a problem and not a fault', async () => {
    const headers = { authorization: `Bearer ${api.adminToken}`, 'content-type': 'application/json' };
    const send = (body: string): Promise<Response> =>
      fetch(`${api.url}/v1/missions`, { method: 'POST', headers, body });
    expect((await send('{"goal":')).status).toBe(400);
    expect((await send(JSON.stringify({ goal: 'x'.repeat(2_000_000) }))).status).toBe(413);
  });
});

describe('what is known of a completed mission', () => {
  it('fits the schema of every route, and the past stays what it was', async () => {
    const id = await completedMission();
    const routes = Object.entries<ApiRoute>(apiRoutes).filter(
      ([key, { response }]) => key.startsWith('GET /v1/missions/:id') && response && !key.endsWith('/diff'),
    );
    for (const [key, { response }] of routes) {
      const path = key.slice(4).replace(':id', id).replace(':what', 'VAL-ADD-001');
      const answer = await call('GET', path);
      expect([key, answer.status]).toEqual([key, 200]);
      const parsed = response?.safeParse(await answer.json());
      expect([key, parsed?.error?.issues ?? []]).toEqual([key, []]);
    }
    const then = (await json(call('GET', `/v1/missions/${id}?at=3`))) as { seq: number; status: string };
    expect(then).toMatchObject({ seq: 3, status: 'scoping' });
    expect(await json(call('GET', `/v1/missions/${id}?at=9999`))).toMatchObject({
      code: 'VERSION_NOT_FOUND',
    });
  });

  it('gives the report that the log gives, as JSON and as Markdown', async () => {
    const id = await completedMission();
    const told = chronicleOf(await api.connections.store.events.read(missionStream(id)));
    expect(await json(call('GET', `/v1/missions/${id}/report`))).toEqual(
      JSON.parse(JSON.stringify(missionReport(told))),
    );
    for (const format of ['md', 'markdown']) {
      const markdown = await call('GET', `/v1/missions/${id}/report?format=${format}`);
      expect(markdown.headers.get('content-type')).toContain('text/markdown');
      expect(await markdown.text()).toBe(reportMarkdown(missionReport(told)));
    }
  });

  it('gives the report as a page that can do nothing but be looked at', async () => {
    const id = await completedMission();
    const page = await call('GET', `/v1/missions/${id}/report?format=html`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toBe(
      "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    );
    expect(await page.text()).toContain('What was not proven');
  });

  it.each(['VAL-ADD-001', 'F-001', 'src/F-001.ts'])('says why of %s', async (what) => {
    const id = await completedMission();
    const answer = await call('GET', `/v1/missions/${id}/why/${encodeURIComponent(what)}`);
    expect(whyViewSchema.parse(await answer.json())).toMatchObject({ subject: what });
  });

  it.each([
    ['VAL-NOT-001', 'UNKNOWN_ASSERTION'],
    ['F-999', 'UNKNOWN_SUBJECT'],
  ])('knows nothing of %s', async (what, code) => {
    const id = await completedMission();
    expect(await json(call('GET', `/v1/missions/${id}/why/${what}`))).toMatchObject({ status: 404, code });
  });

  it('is in the list as the fold of the log says', async () => {
    const id = await completedMission();
    const mission = await new MissionFolds(api.connections.store.events).load(id);
    const card = await settle(async () => {
      const cards = (await json(call('GET', '/v1/missions'))) as {
        id: string;
        seq: number;
        updatedAt: string;
      }[];
      const found = cards.find((one) => one.id === id);
      return found?.seq === mission.version ? found : undefined;
    });
    expect(card).toEqual(JSON.parse(JSON.stringify(missionCard(mission, { updatedAt: card.updatedAt }))));
  });

  it('is in the list again as before when the list was thrown away', async () => {
    const id = await completedMission();
    const cards = async (): Promise<unknown> =>
      ((await json(call('GET', '/v1/missions'))) as { id: string; status: string }[]).filter(
        (card) => card.id === id && card.status === 'completed',
      );
    const before = await settle(async () => {
      const found = (await cards()) as unknown[];
      return found.length === 1 ? found : undefined;
    });
    // The sweep may have made it anew before anybody can look.
    expect(await forgetList()).toBeGreaterThan(0);
    // As a new replica would: the sweep begins again at the beginning of the log.
    await settle(async () => ((await cards()) as unknown[]).length === 1, { limitMs: 20_000 });
    expect(await cards()).toEqual(before);
  });

  it('is proven unchanged by its hashes', async () => {
    const id = await completedMission();
    const audit = (await json(call('GET', `/v1/audit?mission=${id}`))) as { ok: boolean; streams: object[] };
    expect(audit.ok).toBe(true);
    expect(audit.streams.length).toBeGreaterThan(3);
  });
});

describe('the API document', () => {
  it('is OpenAPI 3.1 with every route and every named schema it refers to', async () => {
    const document = (await json(fetch(`${api.url}/v1/openapi.json`))) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe('3.1.0');
    for (const key of Object.keys(apiRoutes) as ApiRouteKey[]) {
      const [method = '', pattern = ''] = key.split(' ');
      const path = pattern.replaceAll(/:(\w+)/g, '{$1}');
      expect(document.paths[path]?.[method.toLowerCase()]).toBeDefined();
    }
    const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    for (const [, name = ''] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });
});

describe('the events of a mission', () => {
  it('are CloudEvents, in order and without gaps, one a line', async () => {
    const id = await completedMission();
    const text = await (await call('GET', `/v1/events?mission=${id}`)).text();
    const events = text
      .trim()
      .split('\n')
      .map((line) => cloudEventSchema.parse(JSON.parse(line)));
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    const only = await (await call('GET', `/v1/events?mission=${id}&type=plan.*,finding.*`)).text();
    expect(
      only
        .trim()
        .split('\n')
        .every((line) => line.includes('dev.missions.plan.')),
    ).toBe(true);
  });

  it.each(['x', '-1', '99999999999'])('have no place %s', async (after) => {
    const { missionId } = await newMission();
    const answer = json(call('GET', `/v1/events?mission=${missionId}&after=${after}`));
    expect(await answer).toMatchObject({ status: 422, code: 'MALFORMED_REQUEST' });
    expect(await json(call('GET', `/v1/events?after=${after}`))).toMatchObject({ code: 'MALFORMED_REQUEST' });
  });
});

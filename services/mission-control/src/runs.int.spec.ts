import { jest } from '@jest/globals';
import { closingToolOfTask } from '@missions/agent-tools';
import {
  apiRoutes,
  closingTools,
  missionViewSchema,
  problemSchema,
  runViewSchema,
  transcriptSchema,
  type RunView,
} from '@missions/contracts';
import { openPostgres } from '@missions/event-store/postgres';
import { eventsOf, type Fact } from '@missions/kernel';
import { runStream } from '@missions/mission';
import { builtM1 } from '@missions/mission/testing';
import { temporaryDirectory, testDatabase, testNats } from '@missions/testing';
import pg from 'pg';
import { openApiStage, type ApiStage } from './testing/wiring/api-stage.ts';

jest.setTimeout(60_000);

const held = builtM1().claimed();
const missionId = held.mission.id;
const runId = held.run.id;
const helperId = `${runId}.0.call_1.0`;

let api: ApiStage;

beforeAll(async () => {
  api = await openApiStage({ testDatabase, testNats, temporaryDirectory });
  await api.owner.happen(missionId, held.facts);
  await lease(runId, `${runId}0`);
  const worker = openPostgres({
    connectionString: api.database.urlFor('missions_worker'),
    poolSize: 1,
    applicationName: 'test worker',
  });
  try {
    await say(worker, runId, [
      answered(0, { tool: 'bash', isError: true, content: 'exit 1' }),
      answered(1, { tool: 'report_validation', isError: true, content: 'One result is missing.' }),
      answered(2, { tool: 'report_validation', isError: true, content: 'Two results are missing.' }),
    ]);
    await say(worker, helperId, [answered(0, { tool: 'read', isError: false, content: 'It is short.' })]);
    // Of another run, whose id begins with the same digits.
    await say(worker, `${runId}0`, [answered(0, { tool: 'read', isError: false, content: '' })]);
  } finally {
    await worker.close();
  }
});

afterAll(() => api.close());

function answered(turn: number, result: object) {
  return {
    type: 'ToolResultsRecorded',
    data: { turn, results: [{ callId: `call-${String(turn)}`, ...result }] },
  };
}

/** Only who holds a run may write its transcript. */
async function lease(...runIds: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: api.database.connectionString });
  await client.connect();
  try {
    for (const id of runIds)
      await client.query(
        `insert into run_lease (run_id, mission_id, token, holder, expires_at) values ($1, $2, 1, 'h', 'infinity')`,
        [id, missionId],
      );
  } finally {
    await client.end();
  }
}

async function say(
  { store }: ReturnType<typeof openPostgres>,
  id: string,
  facts: readonly Fact[],
): Promise<void> {
  const stream = runStream(id);
  const events = eventsOf(`test/${stream}`, facts, {
    occurredAt: '2026-03-01T10:00:00.000Z',
    actor: { kind: 'agent', id, role: id === helperId ? 'researcher' : 'worker' },
    correlationId: 'test',
    causationId: 'test',
    token: 1,
  });
  await store.append({ stream, expectedVersion: 0, events });
}

async function get(path: string): Promise<unknown> {
  return (await api.call('GET', path)).json();
}

const runOf = async (id: string): Promise<RunView> => runViewSchema.parse(await get(`/v1/runs/${id}`));

describe('a run whose end was refused', () => {
  const refusedClose = { count: 2, last: 'Two results are missing.' };

  it('says how often and why, on its own, in the list and at a glance', async () => {
    expect((await runOf(runId)).refusedClose).toEqual(refusedClose);
    const runs = apiRoutes['GET /v1/missions/:id/runs'].response.parse(
      await get(`/v1/missions/${missionId}/runs`),
    );
    expect(runs.filter((run) => run.refusedClose !== undefined).map(({ id }) => id)).toEqual([runId]);
    expect(missionViewSchema.parse(await get(`/v1/missions/${missionId}`)).now?.refusedClose).toEqual(
      refusedClose,
    );
  });

  it('is known by every tool that ends a task', () => {
    expect([...closingTools].sort()).toEqual([...new Set(Object.values(closingToolOfTask))].sort());
  });
});

describe('a helper', () => {
  it('is named by its run, and by no other', async () => {
    expect((await runOf(runId)).helpers).toEqual([helperId]);
  });

  it('is a run to look at, with a transcript of its own', async () => {
    expect(await runOf(helperId)).toMatchObject({
      id: helperId,
      helperOf: runId,
      role: 'researcher',
      missionId,
    });
    const { entries } = transcriptSchema.parse(await get(`/v1/runs/${helperId}/transcript`));
    expect(entries.map(({ type }) => type)).toEqual(['ToolResultsRecorded']);
  });

  it('that nobody asked is no run', async () => {
    for (const path of [`/v1/runs/${helperId}9`, `/v1/runs/${helperId}9/transcript`, `/v1/runs/m-none1-r1.0`])
      expect(problemSchema.parse(await get(path))).toMatchObject({ status: 404, code: 'UNKNOWN_RUN' });
  });
});

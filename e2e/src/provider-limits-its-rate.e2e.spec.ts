import { startMessagesApiServer, type MessagesApiServer } from '@missions/models/conformance';
import { ScriptedModel } from '@missions/models/scripted';
import { settle } from '@missions/testing';
import pg from 'pg';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

interface AccountRow {
  readonly account: string;
  readonly learned: Readonly<Record<string, number>>;
  readonly was_paused: boolean;
  readonly replicas: number;
}

describe('a provider that limits its rate', () => {
  const script = tale();
  let server: MessagesApiServer;
  let stage: Stage;

  beforeAll(async () => {
    server = await startMessagesApiServer({
      model: new ScriptedModel('limited/scripted', script),
      headers: () => ({
        'anthropic-ratelimit-requests-limit': '600',
        'anthropic-ratelimit-requests-remaining': '599',
      }),
    });
    server.fail({
      kind: 'status',
      status: 429,
      type: 'rate_limit_error',
      message: 'no',
      retryAfterSeconds: 8,
    });
    stage = await openStage({
      script,
      providers: { limited: { kind: 'anthropic', baseUrl: server.url, apiKeyEnv: 'E2E_API_KEY' } },
      settings: {
        'models.worker.use': 'limited/scripted',
        'models.scrutiny.use': 'limited/scripted',
        'models.user_testing.use': 'limited/scripted',
      },
    });
  });
  afterAll(async () => {
    await stage.close();
    await server.close();
  });

  it('is waited for, which the run shows, and its replicas share what it allows', async () => {
    const { api } = stage;
    const id = await api.create({ goal: 'Build it', repository: stage.repository('product').path });
    await api.approve(id);
    const line = await settle(
      async () => {
        const { now } = await api.mission(id);
        return now?.live?.lastLine?.startsWith('waiting{model}: ') === true ? now.live.lastLine : undefined;
      },
      { limitMs: 60_000 },
    );
    expect(line).toMatch(/^waiting\{model\}: .*, until \d\d:\d\d:\d\dZ$/u);
    await api.until(id, ({ status }) => status === 'completed', 120_000);

    const [account] = await accounts(stage.stack.servers.databaseUrl);
    expect(account).toMatchObject({ learned: { requestsPerMin: 600 }, was_paused: true });
    expect(account?.account).toMatch(/^limited:[0-9a-f]{16}\/scripted$/u);
    expect(account?.replicas).toBeGreaterThanOrEqual(2);
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});

async function accounts(connectionString: string): Promise<readonly AccountRow[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<AccountRow>(`
      select account, learned, paused_until is not null as was_paused,
        (select count(*)::integer from provider_share where provider_share.account = provider_account.account) as replicas
      from provider_account`);
    return rows;
  } finally {
    await client.end();
  }
}

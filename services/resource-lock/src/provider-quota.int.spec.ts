import type { Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { createRedactor } from '@missions/kernel';
import { shareSubjects } from '@missions/leasing';
import { AnthropicModel } from '@missions/models/anthropic';
import { ManualTime, startMessagesApiServer, type MessagesApiServer } from '@missions/models/conformance';
import { scriptSchema, ScriptedModel } from '@missions/models/scripted';
import { Background, BusShareSource, createLogger, Metrics, ProviderShares } from '@missions/runtime';
import { testDatabase, testNats } from '@missions/testing';
import { LockStage } from './testing/wiring/lock-stage.ts';

const limit = 60;
const account = { id: 'acme:0123456789abcdef', provider: 'acme', configured: { requestsPerMin: limit } };
const redactor = createRedactor({ secrets: [] });
const logger = createLogger({ service: 'test', level: 'silent', redactor });
const script = scriptSchema.parse({ version: 1, runs: [{ match: {}, turns: [{ text: 'Hello.' }] }] });

let stage: LockStage;
let server: MessagesApiServer;
/** When each call reached the provider, and whose it was. */
let calls: { readonly atMs: number; readonly by: string }[];
let time: ManualTime;
const asked: Promise<unknown>[] = [];
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  stage = await LockStage.open({ testDatabase, testNats, answerMs: 5000 });
  time = new ManualTime();
  calls = [];
  server = await startMessagesApiServer({ model: new ScriptedModel('demo/any', script) });
}, 60_000);

afterAll(async () => {
  for (const cleanUp of cleanups.reverse()) await cleanUp();
  await server.close();
  await stage.close();
});

/** A replica that calls models all the time, by its own connection to the bus and its own gate. */
class Replica {
  readonly metrics = new Metrics('worker');
  private readonly stopping = new AbortController();
  private readonly work: Promise<unknown>;
  readonly shares: ProviderShares;

  constructor(
    private readonly name: string,
    readonly bus: Bus,
  ) {
    const source = new BusShareSource(bus, name);
    this.shares = new ProviderShares({
      source: {
        lend: (ask) => {
          const lent = source.lend(ask);
          asked.push(lent);
          return lent;
        },
        giveBack: (id) => source.giveBack(id),
      },
      metrics: this.metrics,
      logger,
      background: new Background(this.stopping.signal, logger),
      nowMs: () => time.nowMs,
      wait: time.wait,
    });
    const model = this.model();
    this.work = Promise.all(Array.from({ length: 4 }, () => this.keepCalling(model)));
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('Stopped.'));
    await this.work;
    await this.shares.close();
    await this.bus.close();
  }

  private model(): AnthropicModel {
    const gate = this.shares.gateFor(account);
    return new AnthropicModel({
      id: 'acme/any',
      model: 'any',
      apiKey: 'key',
      baseUrl: server.url,
      gate: {
        enter: async (need, options) => {
          const pass = await gate.enter(need, options);
          calls.push({ atMs: time.nowMs, by: this.name });
          return pass;
        },
      },
    });
  }

  private async keepCalling(model: AnthropicModel): Promise<void> {
    const { signal } = this.stopping;
    const messages = [
      { role: 'user' as const, content: [{ type: 'text' as const, text: '```json\n{}\n```' }] },
    ];
    while (!signal.aborted)
      await model
        .respond({ system: 's', messages, tools: [], maxTokens: 10 }, { signal })
        .catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
  }
}

async function startReplica(name: string): Promise<Replica> {
  const replica = new Replica(name, await connectBus({ servers: [stage.natsUrl], name }));
  cleanups.push(() => replica.stop());
  return replica;
}

/** Minutes go by, and what is asked of the service on the way is answered before they go on. */
async function pass(minutes: number): Promise<void> {
  for (let step = 0; step < minutes * 600; step += 1) {
    await time.pass(100);
    await Promise.allSettled(asked.splice(0));
  }
}

function mostInAMinute(): number {
  const startsMs = calls.map(({ atMs }) => atMs);
  return Math.max(
    ...startsMs.map((from) => startsMs.filter((at) => at >= from && at < from + 60_000).length),
  );
}

const callsSince = (fromMs: number, by: string): number =>
  calls.filter((call) => call.atMs >= fromMs && call.by === by).length;

describe('a request for a share that makes no sense', () => {
  it('is refused, and changes nothing', async () => {
    const service = await stage.replica();
    const right = { account: 'acme:bad', replica: 'a', demand: {}, configured: account.configured };
    const ask = (request: unknown): Promise<unknown> => stage.ask(shareSubjects.lend, request);
    const wrongs = [
      { demand: { requestsPerMin: -1 } },
      { demand: { requestsPerMin: 'many' } },
      { demand: { wordsPerMin: 1 } },
      { account: 'two words' },
      { replica: '' },
      { observed: { pauseMs: 86_400_000 } },
      { token: 5 },
    ];
    for (const wrong of wrongs)
      await expect(ask({ ...right, ...wrong })).rejects.toMatchObject({ code: 'MALFORMED_COMMAND' });
    const reply = await ask({ ...right, replica: 'b' });
    expect(reply).toMatchObject({ share: { requestsPerMin: limit }, pausedMs: 0, alone: true });
    await service.stop();
  });
});

describe('two replicas that use one account', () => {
  it('together never make more calls in any minute than it may have, and share them fairly', async () => {
    const service = await stage.replica();
    await stage.replica();
    const first = await startReplica('first');
    await pass(2);
    expect(callsSince(60_000, 'first')).toBeGreaterThanOrEqual(45);

    await startReplica('second');
    await pass(1);
    await service.stop();
    const joinedMs = time.nowMs;
    await pass(2);
    for (const name of ['first', 'second']) expect(callsSince(joinedMs, name)).toBeGreaterThanOrEqual(40);

    await first.stop();
    const leftMs = time.nowMs;
    await pass(2);
    expect(callsSince(leftMs + 60_000, 'second')).toBeGreaterThanOrEqual(45);

    expect(server.requests).toHaveLength(calls.length);
    expect(mostInAMinute()).toBeLessThanOrEqual(limit);
    expect(await first.metrics.registry.metrics()).toContain('missions_model_wait_seconds_count');
  }, 120_000);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChatCompletionsServer, type ChatCompletionsServer } from '@missions/models/conformance';
import { ScriptedModel } from '@missions/models/scripted';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

const CHAT_KEY = 'sk-e2e-chat-0123456789ABCDEFghij-not-a-real-key';
const script = tale({ features: ['F-001', 'F-002'], extraTurns: 2 });

/** Planned through the Messages API, built through Chat Completions and recorded, checked through both. */
describe('a mission whose roles use models of different providers', () => {
  let stage: Stage;
  let chat: ChatCompletionsServer;

  beforeAll(async () => {
    const model = new ScriptedModel('chat/scripted', script);
    chat = await startChatCompletionsServer({ model, apiKey: CHAT_KEY, chunkBytes: 61 });
    const local = {
      kind: 'openai-compatible',
      baseUrl: chat.url,
      apiKeyEnv: 'E2E_CHAT_KEY',
      family: 'local',
    };
    const tape = { kind: 'recorded', recording: './tape.jsonl', record: 'local', family: 'local' };
    stage = await openStage({
      script,
      providers: { local, tape },
      env: {
        E2E_CHAT_KEY: CHAT_KEY,
        MISSIONS_MODELS_WORKER_USE: 'tape/scripted',
        MISSIONS_MODELS_SCRUTINY_USE: 'other/scripted',
        MISSIONS_PROVIDERS: JSON.stringify({ other: { ...local, family: 'other' } }),
        MISSIONS_VALIDATORS_OTHER_FAMILY: 'true',
      },
    });
  });
  afterAll(async () => {
    await stage.close();
    await chat.close();
  });

  const complete = async (name: string): Promise<string> => {
    const { api, cli } = stage;
    const { path } = stage.repository(name);
    const id = await api.create({ goal: 'Write the files', repository: path, acceptDefaults: true });
    expect(await cli('wait', id, '--timeout', '200')).toMatchObject({
      exitCode: 0,
      json: { status: 'completed' },
    });
    return id;
  };
  const builds = (): number =>
    chat.requests.filter(({ messages }) => JSON.stringify(messages[1]).includes('\\"task\\": \\"build\\"'))
      .length;

  it('completes, and the same mission again is built from the recording', async () => {
    const first = await complete('first');
    const asked = builds();
    expect(asked).toBeGreaterThan(4);
    const claims = await stage.api.facts<{ model?: string }>(first, 'RunClaimed');
    expect(new Set(claims.map(({ model }) => model))).toEqual(
      new Set(['desk/scripted', 'tape/scripted', 'other/scripted']),
    );

    await complete('second');
    expect(builds()).toBe(asked);

    const written = readFileSync(join(stage.project, 'tape.jsonl'), 'utf8');
    expect(written).toContain('hand_off');
    expect(written).not.toContain(CHAT_KEY);
    expect(await stage.violations({ atRest: true, secrets: [stage.desk.apiKey, CHAT_KEY] })).toEqual([]);
  });
});

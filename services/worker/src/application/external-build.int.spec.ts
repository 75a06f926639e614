import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { acpTestAgent } from '@missions/external-agents/testing';
import { findTool, stateDirectory } from '@missions/local';
import { approved, smallProposal } from '@missions/mission/testing';
import type { ModelReply, Price, Provider } from '@missions/models';
import { startMessagesApiServer, type MessagesApiServer } from '@missions/models/conformance';
import { driveRun, type RunHost } from '@missions/runs';
import { RunWorld, secret } from '@missions/runs/testing';
import type { Surroundings } from '@missions/runtime';
import { HostStage } from '@missions/runtime/testing';
import { settle } from '@missions/testing';
import type { PersonRepository } from '@missions/workspace/conformance';
import { openEgressProxy, sandboxUser } from '@missions/workspace/sandbox';
import { buildFacts, buildResults, buildOn, processesOf } from './conformance/staged-build.ts';

const realKey = 'sk-ant-outside-0123456789abcdef';
const price: Price = { input: 1_000, output: 1_000 };
let stage: HostStage;
let person: PersonRepository;
let world: RunWorld;
let api: MessagesApiServer | undefined;

beforeEach(async () => {
  stage = await HostStage.open({ bwrap: await findTool('bwrap'), stateDir: stateDirectory() });
  ({ person } = stage);
  mkdirSync(agents());
  chmodSync(agents(), 0o755);
  copyFileSync(acpTestAgent, join(agents(), 'agent.mjs'));
  person.write('README.md', 'start\n');
  await begin();
}, 180_000);

afterEach(async () => {
  await api?.close();
  api = undefined;
  // An agent that ignores its stop is left to be killed while the slot serves others already.
  const left = (): readonly string[] => [
    ...processesOf(stage.root),
    ...processesOf('/opt/test-agents/agent.mjs'),
    ...stage.workspaces(),
  ];
  await settle(() => left().length === 0, { limitMs: 10_000 }).catch(() => undefined);
  expect(left()).toEqual([]);
  stage.close();
});

async function begin(budget?: { maxCostUsd: number; sliceUsd: number }): Promise<void> {
  const baseSha = person.commit('Start');
  const repository = { url: person.path, kind: 'local', baseBranch: 'main', baseSha } as const;
  world = await RunWorld.after(approved({ repository, ...(budget && { budget }) }, smallProposal()));
}

const agents = (): string => join(stage.root, 'agents');

/** The way out to the model's API, with a key that the sandbox never sees. */
const openEgress: Surroundings['openEgress'] = async ({ models = [], ...watch } = {}) => {
  if (models.length === 0) return undefined;
  const user = sandboxUser();
  return openEgressProxy({
    ...watch,
    socketPath: await stage.surroundings.places.egressSocket(),
    allow: [],
    endpoints: models.map((name) => ({
      name,
      protocol: 'anthropic',
      baseUrl: api?.url ?? '',
      headers: { 'x-api-key': realKey },
    })),
    ...(user.switched && { uid: user.uid }),
    onRequest: () => undefined,
  });
};

type External = Extract<Provider, { kind: 'acp' | 'exec' }>;

function acp(behaviour: readonly string[], models: string[] = []): External {
  const command = ['node', '/opt/test-agents/agent.mjs', ...behaviour];
  return {
    kind: 'acp',
    command,
    env: {},
    models,
    mounts: [{ host: agents(), inside: '/opt/test-agents' }],
  };
}

function exec(script: string, resultOptional = false): External {
  const command = ['/bin/bash', '-c', script];
  return { kind: 'exec', command, env: {}, models: [], mounts: [], resultOptional };
}

async function hold(
  provider: External,
  signal = new AbortController().signal,
  over: Partial<RunHost> = {},
): Promise<void> {
  const settings = { providers: { theirs: provider }, prices: { 'desk/small': price } };
  const perform = buildOn(stage, settings, { openEgress });
  const host = world.host({ modelChoice: () => ({ use: 'theirs/agent' }), ...over });
  await driveRun(host, await world.delegation(), perform, signal);
}

async function told(): Promise<string> {
  const all = await buildFacts(world);
  return all
    .flatMap((fact) => (fact.type === 'ExternalUpdateRecorded' ? fact.data.activities : []))
    .map(({ kind, text }) => `${kind}: ${text}`)
    .join('\n');
}

const branch = 'missions/m-demo1';
const result = {
  outcome: 'success',
  salientSummary: 'It is built.',
  whatWasImplemented: ['it'],
  whatWasLeftUndone: [],
};
const script = {
  runs: [
    {
      match: { role: 'worker', task: 'build', feature: 'F-001', attempt: 1 },
      turns: [
        { calls: [{ tool: 'write', input: { file_path: 'a.txt', content: 'one\n' } }] },
        { calls: [{ tool: 'bash', input: { command: 'cat a.txt; exit 3' } }] },
        { calls: [{ tool: 'hand_off', input: result }] },
      ],
    },
  ],
};

describe('a feature built by an ACP agent', () => {
  it('ends with the engine’s commit and a handoff of what we measured', async () => {
    person.write('script.json', JSON.stringify(script));
    await begin();
    await hold(acp(['play', '/workspace/script.json']));
    const { handoffs, head, features } = await world.mission();
    expect(world.warnings).toEqual([]);
    expect(features['F-001']).toMatchObject({ status: 'accepted' });
    expect(handoffs[0]).toMatchObject({
      claim: { salientSummary: 'It is built.' },
      captured: {
        headSha: head?.sha,
        filesChanged: ['a.txt'],
        commandsRun: [{ command: 'cat a.txt; exit 3', exitCode: 3 }],
      },
    });
    expect(person.git('log', '-1', '--format=%B', branch)).toContain('Feature F-001');
    const assembled = (await buildFacts(world)).find(({ type }) => type === 'ContextAssembled');
    expect(assembled).toMatchObject({ data: { model: 'theirs/agent', tools: ['hand_off'] } });
    expect(
      (await buildFacts(world)).some(
        (fact) => fact.type === 'TurnRecorded' && fact.data.costUsd === 'unpriced',
      ),
    ).toBe(true);
  });

  it('is told what is wrong with its result until it is right', async () => {
    await hold(acp(['learns']));
    const said = await buildResults(world);
    expect(said[0]).toContain('The file is no JSON');
    expect(said[1]).toContain('salientSummary');
    expect(said[2]).toContain('Accepted');
    expect(person.git('show', `${branch}:a.txt`)).toBe('3');
  });

  it('that claims success without a change fails after it was told so three times', async () => {
    await hold(acp(['lies']));
    expect(await buildResults(world)).toHaveLength(3);
    expect((await buildResults(world))[0]).toContain('Nothing changed');
    expect(await world.last('RunEnded')).toMatchObject({ state: 'failed', cause: 'stall' });
  });

  it('that leaves no result is an empty run', async () => {
    await hold(acp(['no-result']));
    expect(await world.last('RunEnded')).toMatchObject({ state: 'failed', cause: 'empty_run' });
  });

  it('that breaks down fails with what it wrote last, and what it did is kept', async () => {
    await hold(acp(['exits']));
    expect(await world.last('RunEnded')).toMatchObject({
      state: 'failed',
      cause: 'tool',
      detail: expect.stringContaining('the agent broke down') as string,
      checkpoint: { turn: 1 },
    });
  });

  it('whose result tells a secret is committed and recorded without it', async () => {
    const [half = '', other = ''] = secret.split('-');
    await hold(acp(['tells-a-secret', `${half}-${other}`]));
    expect(await world.written()).not.toContain(secret);
    expect(person.git('log', '-1', '--format=%B', branch)).toContain('[redacted:KEY]');
  });
});

describe('an ACP agent whose run is stopped', () => {
  it('is ended with all it started when the mission is cancelled, whatever it does about it', async () => {
    const held = hold(acp(['ignores-cancel']));
    await settle(async () => (await told()).includes('I go on for ever'));
    const askedAt = performance.now();
    await world.person({ type: 'CancelMission', data: { reason: 'enough' } });
    await held;
    expect(performance.now() - askedAt).toBeLessThan(10_000);
    expect(await world.last('RunEnded')).toMatchObject({ state: 'cancelled' });
  });

  it('with its service is continued by another one that is told what was done, in the restored workspace', async () => {
    const stop = new AbortController();
    const held = hold(acp(['is-relieved']), stop.signal);
    await settle(async () => (await buildFacts(world)).some(({ type }) => type === 'CheckpointTaken'), {
      limitMs: 60_000,
    });
    stop.abort();
    await held;
    expect(await world.last('RunReleased')).toMatchObject({ reason: 'shutdown' });
    await hold(acp(['is-relieved']));
    expect(person.git('show', `${branch}:whole.txt`)).toBe('half\nwhole');
    expect(await told()).toContain('write: /workspace/half.txt, 5 bytes');
    const { handoffs } = await world.mission();
    expect(handoffs).toHaveLength(1);
  });

  it('by a pause goes on with its files when it is resumed', async () => {
    const held = hold(acp(['is-relieved']));
    await settle(async () => (await told()).includes('half.txt'));
    await world.person({ type: 'PauseMission', data: {} });
    await held;
    expect(await world.run()).toMatchObject({ status: 'suspended', checkpoint: { turn: 1 } });
    await world.person({ type: 'ResumeMission', data: {} });
    await hold(acp(['is-relieved']));
    expect(person.git('show', `${branch}:whole.txt`)).toBe('half\nwhole');
  });
});

describe('the model calls of an external agent', () => {
  const reply: ModelReply = {
    content: [{ type: 'text', text: 'Hello.' }],
    stopReason: 'end_turn',
    usage: { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 },
  };

  async function desk(): Promise<void> {
    const model = { id: 'desk/small', respond: () => Promise.resolve(reply) };
    api = await startMessagesApiServer({ model, apiKey: realKey });
  }

  it('go through the proxy with a key it never sees, and are booked in the run', async () => {
    await desk();
    await hold(acp(['asks-model', '2'], ['desk']));
    expect(person.git('show', `${branch}:a.txt`)).toBe('200 200');
    const calls = (await buildFacts(world)).filter(({ type }) => type === 'ExternalCallRecorded');
    expect(calls).toMatchObject([
      { data: { model: 'desk/small', usage: { input: 100, output: 10 }, costUsd: 0.11 } },
      { data: { costUsd: 0.11 } },
    ]);
    expect(await world.last('RunEnded')).toMatchObject({
      usage: { costUsd: 0.22, input: 200, output: 20, unpriced: false },
    });
    expect(await world.written()).not.toContain(realKey);
  });

  it('end the run when the budget does not cover the next one', async () => {
    await desk();
    await begin({ maxCostUsd: 0.5, sliceUsd: 0.25 });
    await hold(acp(['asks-model', '50'], ['desk']));
    const ended = (await world.last('RunEnded')) as { cause: string; usage: { costUsd: number } };
    expect(ended).toMatchObject({ state: 'failed', cause: 'budget' });
    expect(ended.usage.costUsd).toBeLessThanOrEqual(0.5);
    expect(ended.usage.costUsd).toBeGreaterThan(0.2);
  });
});

describe('a feature built by a command', () => {
  const done = `printf '%s' '${JSON.stringify(result)}' > "$MISSIONS_RESULT_FILE"`;

  it('reads the prompt on its standard input and in a file, and hands off by a file', async () => {
    await hold(exec(`cat > got.md; cmp got.md "$MISSIONS_PROMPT_FILE" && ${done}`));
    const got = person.git('show', `${branch}:got.md`);
    expect(got).toContain('"feature": "F-001"');
    expect(got).toContain('/tmp/missions/hand_off.json');
    expect((await world.mission()).handoffs[0]?.captured.commandsRun).toMatchObject([{ exitCode: 0 }]);
  });

  it('that ends with another exit code and no result fails with the end of its output', async () => {
    await hold(exec(`echo ${secret.slice(0, 7)}''${secret.slice(7)} is what broke; exit 7`));
    expect(await world.last('RunEnded')).toMatchObject({
      state: 'failed',
      cause: 'tool',
      detail: expect.stringMatching(/exit code 7[^]*\[redacted:KEY\] is what broke/) as string,
    });
  });

  it('is run again with what was wrong, a bounded number of times', async () => {
    await hold(exec(`cat >> got.md; echo '{"outcome":"maybe"}' > "$MISSIONS_RESULT_FILE"`));
    expect(await world.last('RunEnded')).toMatchObject({ state: 'failed' });
    expect((await buildResults(world)).length).toBe(3);
  });

  it('that changes files and says nothing is a success only where the configuration says so', async () => {
    await hold(exec('echo two > a.txt', true));
    const { handoffs } = await world.mission();
    expect(handoffs[0]?.claim.salientSummary).toContain('this summary is the engine’s');
    expect(person.git('show', `${branch}:a.txt`)).toBe('two');
  });

  it('that changes files and says nothing has no result otherwise', async () => {
    await hold(exec('echo two > a.txt'));
    expect(await world.last('RunEnded')).toMatchObject({ state: 'failed', cause: 'empty_run' });
  });

  it('that forks for ever is ended with its children', async () => {
    // As part of a number of seconds, it is in the command line of every child and of nothing else on this host.
    const marker = `3600.${randomUUID().replace(/\D/g, '')}`;
    const held = hold(exec(`echo begun > mark; for n in 1 2 3; do setsid sleep ${marker} & done; wait`));
    await settle(async () => (await buildFacts(world)).some(({ type }) => type === 'CheckpointTaken'), {
      limitMs: 60_000,
    });
    await settle(() => processesOf(`sleep\0${marker}`).length === 3);
    await world.person({ type: 'CancelMission', data: { reason: 'enough' } });
    await held;
    expect(processesOf(marker)).toEqual([]);
  });
});

/**
 * The folder in which a person has installed the published adapter (`npm install @agentclientprotocol/claude-agent-acp`);
 * it brings 230 MB that this repository does not depend on.
 */
const adapter = process.env['MISSIONS_ACP_ADAPTER'];

if (adapter !== undefined)
  describe('the published adapter claude-agent-acp, with a local server as its model', () => {
    it('builds the feature offline', async () => {
      const calls = [
        { name: 'Write', input: { file_path: '/workspace/a.txt', content: 'one\n' } },
        { name: 'Bash', input: { command: 'cat /workspace/a.txt', description: 'Look at it' } },
        {
          name: 'Write',
          input: { file_path: '/tmp/missions/hand_off.json', content: JSON.stringify(result) },
        },
      ];
      const usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 };
      api = await startMessagesApiServer({
        apiKey: realKey,
        model: {
          id: 'desk/small',
          respond: ({ messages, tools }) => {
            const worker = tools.some(({ name }) => name === 'Write');
            const turn = messages.filter(({ role }) => role === 'assistant').length;
            const call = worker ? calls[turn] : undefined;
            return Promise.resolve(
              call
                ? {
                    content: [{ type: 'tool_use', id: `toolu_${String(turn)}`, ...call }],
                    stopReason: 'tool_use',
                    usage,
                  }
                : { content: [{ type: 'text', text: 'Done.' }], stopReason: 'end_turn', usage },
            );
          },
        },
      });
      const command = [
        'node',
        '/opt/adapter/node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js',
      ];
      const env = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };
      await hold({
        kind: 'acp',
        command,
        env,
        models: ['desk'],
        mounts: [{ host: adapter, inside: '/opt/adapter' }],
      });
      expect(await told()).toContain('Session');
      expect(person.git('show', `${branch}:a.txt`)).toBe('one');
      expect((await world.mission()).handoffs).toHaveLength(1);
      expect(
        (await buildFacts(world)).filter(({ type }) => type === 'ExternalCallRecorded').length,
      ).toBeGreaterThan(3);
    }, 300_000);
  });

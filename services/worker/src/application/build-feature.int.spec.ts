import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTranscript, type TranscriptFact } from '@missions/agent';
import { createRedactor } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import { approved, smallProposal } from '@missions/mission/testing';
import { driveRun, OwnerUnreachableError, type RunHost } from '@missions/runs';
import { RunWorld, secret } from '@missions/runs/testing';
import { HostPlaces, type Surroundings } from '@missions/runtime';
import { settle } from '@missions/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import {
  adoptWorkspace,
  BubblewrapProvider,
  prepareToolchain,
  sandboxUser,
  SandboxedLayers,
} from '@missions/workspace/sandbox';
import { buildFeature } from './build-feature.ts';

const planted = 'sk-ant-planted-0815-4711';
const redactor = createRedactor({ secrets: [{ name: 'KEY', value: secret }] });
let root: string;
let person: PersonRepository;
let baseSha: string;
let world: RunWorld;
let surroundings: Surroundings;

beforeEach(async () => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-build-'));
  await chmod(root, 0o711);
  person = PersonRepository.create(join(root, 'person'));
  person.write('README.md', 'start\n');
  baseSha = person.commit('Start');
  const repository = { url: person.path, kind: 'local', baseBranch: 'main', baseSha } as const;
  world = await RunWorld.after(approved({ repository }, smallProposal()));
  const user = sandboxUser();
  const toolchain = await prepareToolchain(stateDirectory());
  const sandbox = new BubblewrapProvider({ stateDir: root, bwrap: await findTool('bwrap'), toolchain });
  surroundings = {
    places: new HostPlaces(root),
    repositories: new GitMissionRepositories({
      stateDir: root,
      scan: (_path, text) => redactor.finds(text),
    }),
    sandbox,
    layers: new SandboxedLayers({ stateDir: root, provider: sandbox, user }),
    toolchainKey: toolchain.key,
    openEgress: () => Promise.resolve(undefined),
    adopt: (directory) => adoptWorkspace(directory, user.uid),
    release: () => Promise.resolve(),
  };
}, 180_000);

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function hold(signal = new AbortController().signal, over: Partial<RunHost> = {}): Promise<void> {
  const providers = { demo: { kind: 'scripted', script: 'none' } } as const;
  const perform = buildFeature(() => Promise.resolve(surroundings), {
    providers,
    prices: {},
    stallMs: 60_000,
  });
  await driveRun(world.host(over), await world.delegation(), perform, signal);
}

const bash = (command: string) => ({ calls: [{ tool: 'bash', input: { command } }] });
const write = (file_path: string, content: string) => ({
  calls: [{ tool: 'write', input: { file_path, content } }],
});
const handOff = (outcome: string) => ({
  calls: [
    {
      tool: 'hand_off',
      input: {
        outcome,
        salientSummary: `It is a ${outcome}.`,
        whatWasImplemented: [],
        whatWasLeftUndone: [],
      },
    },
  ],
});

/** What the mission's build run of an attempt has in its transcript. */
async function facts(attempt = 1): Promise<readonly TranscriptFact[]> {
  const { runs } = await world.mission();
  const run = Object.values(runs).find((state) => state.task === 'build' && state.attempt === attempt);
  return readTranscript(await world.store.read(`run-${run?.id ?? ''}`), world.artifacts);
}

/** What its tools answered, turn by turn. */
async function results(attempt = 1): Promise<readonly string[]> {
  return (await facts(attempt)).flatMap((fact) =>
    fact.type === 'ToolResultsRecorded' ? fact.data.results.map(({ content }) => content) : [],
  );
}

function workspaces(): readonly string[] {
  return readdirSync(join(root, 'workspaces'));
}

const branch = 'missions/m-demo1';

function commits(): readonly string[] {
  return person.git('log', '--format=%H', `main..${branch}`).split('\n');
}

describe('building a feature', () => {
  it('ends with a commit on the mission’s branch, a handoff of what was measured, and nothing left on the host', async () => {
    world.script(write('a.txt', 'one\n'), bash('cat a.txt; exit 3'), handOff('success'));
    await hold();
    const { handoffs, head, features } = await world.mission();
    expect(world.warnings).toEqual([]);
    expect(features['F-001']).toMatchObject({ status: 'accepted' });
    expect(handoffs[0]?.captured).toMatchObject({
      baseSha,
      headSha: head?.sha,
      filesChanged: ['a.txt'],
      commandsRun: [{ command: 'cat a.txt; exit 3', exitCode: 3 }],
    });
    expect(person.git('show', `${branch}:a.txt`)).toBe('one');
    expect(person.git('log', '-1', '--format=%B', branch)).toContain('Feature F-001');
    expect(workspaces()).toEqual([]);
    expect(world.killPoints).toEqual(
      expect.arrayContaining(['run.build.claimed', 'run.build.committed', 'run.build.concluded']),
    );
  });

  it('tells the agent how work is done where it works, and the skill that the plan names, as of its commit', async () => {
    person.write('AGENTS.md', 'Use tabs.\n');
    person.write('src/AGENTS.md', 'Use spaces.\n');
    person.write(
      '.missions/skills/migrate/SKILL.md',
      '---\nname: migrate\ndescription: x\n---\nNumber it.\n',
    );
    const repository = { url: person.path, kind: 'local', baseBranch: 'main' } as const;
    const plan = smallProposal({ skill: 'migrate', touches: ['path:/src/**'] });
    world = await RunWorld.after(
      approved({ repository: { ...repository, baseSha: person.commit('How') } }, plan),
    );
    world.script(write('AGENTS.md', 'Do as you like.\n'), handOff('success'));
    await hold();
    const [told] = (await facts()).filter(({ type }) => type === 'ContextAssembled');
    expect(told?.data).toMatchObject({
      firstMessage: expect.stringMatching(/Use tabs\.[\s\S]*Use spaces\.[\s\S]*Number it\./) as string,
      sources: [
        { path: 'AGENTS.md' },
        { path: 'src/AGENTS.md' },
        { path: '.missions/skills/migrate/SKILL.md' },
      ],
    });
  });

  it('tells the agent that a success without a change is none, and goes on', async () => {
    world.script(handOff('success'), write('a.txt', 'one\n'), handOff('success'));
    await hold();
    expect((await results())[0]).toContain('Nothing changed');
    expect(commits()).toHaveLength(1);
  });

  it('refuses a commit with a secret, by file and line and never its value', async () => {
    const [half = '', other = ''] = secret.split('-');
    world.script(
      bash(`printf 'x\\n%s-%s\\n' ${half} ${other} > key.txt`),
      handOff('success'),
      bash('rm key.txt; echo clean > a.txt'),
      handOff('success'),
    );
    await hold();
    expect((await results())[1]).toMatch(/key\.txt.*2/);
    expect(await world.written()).not.toContain(secret);
    expect(person.git('ls-tree', '--name-only', branch).split('\n')).toEqual(['README.md', 'a.txt']);
  });

  it('shows the sandbox nothing of the service’s environment', async () => {
    process.env['ANTHROPIC_API_KEY'] = planted;
    world.script(bash('env; cat /proc/1/environ /proc/self/environ | tr "\\0" "\\n"'), handOff('failure'));
    try {
      await hold();
    } finally {
      delete process.env['ANTHROPIC_API_KEY'];
    }
    const seen = (await results())[0] ?? '';
    expect(seen).toContain('PATH=');
    expect(seen).not.toMatch(/ANTHROPIC|planted|MISSIONS_|DATABASE/);
  });

  it('keeps a partial attempt on a checkpoint, from which the next one starts', async () => {
    world.script(write('a.txt', 'one\n'), handOff('partial'));
    await hold();
    expect((await world.run()).checkpoint).toBeDefined();
    world.script(bash('cat a.txt'), write('b.txt', 'two\n'), handOff('success'));
    await hold();
    expect((await results(2))[0]).toContain('one');
    expect(person.git('ls-tree', '--name-only', branch).split('\n')).toEqual(['README.md', 'a.txt', 'b.txt']);
    expect(commits()).toHaveLength(1);
  });
});

describe('a builder that is lost', () => {
  it('after its commit and before its conclusion leaves one commit, made once', async () => {
    world.script(write('a.txt', 'one\n'), handOff('success'));
    let dead = false;
    world.meddle = () => {
      if (dead) throw new OwnerUnreachableError('m-demo1', 0, { cause: undefined });
    };
    const { token } = await world.run();
    await hold(undefined, {
      killPoint: (name) => {
        if (name !== 'run.build.committed') return;
        dead = true;
        throw new Error('Killed.');
      },
    });
    dead = false;
    await world.expire();
    await hold();
    const { handoffs } = await world.mission();
    expect((await world.run()).token).toBe(0);
    expect(handoffs).toHaveLength(1);
    expect(commits()).toEqual([handoffs[0]?.captured.headSha]);
    expect(token).toBe(0);
  });

  it('leaves a workspace that the next holder on the host removes', async () => {
    world.script(write('a.txt', 'one\n'), handOff('success'));
    const { runId } = await world.delegation();
    const left = surroundings.places.workspace(`${runId}-1`);
    const other = surroundings.places.workspace(`${runId}0-1`);
    const repository = await surroundings.repositories.open({
      missionId: 'm-demo1',
      source: person.path,
      baseSha,
    });
    for (const directory of [left, other])
      await repository.prepareWorktree({ runId, fromSha: baseSha, directory });
    await hold();
    expect(workspaces().map((name) => name.split('.')[0])).toEqual([`${runId}0-1`]);
  });
});

describe('a builder that is stopped', () => {
  it('with its service lets go of the run promptly and leaves neither process nor file', async () => {
    world.script(write('a.txt', 'one\n'), bash('echo begun > mark; sleep 300 & sleep 300'));
    const stop = new AbortController();
    const held = hold(stop.signal);
    await settle(() =>
      workspaces().some((name) => readdirSync(join(root, 'workspaces', name)).includes('mark')),
    );
    const begun = performance.now();
    stop.abort();
    await held;
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await world.last('RunReleased')).toMatchObject({ reason: 'shutdown' });
    expect(workspaces()).toEqual([]);
    expect(processesBelow(root)).toEqual([]);
  });

  it('by a pause goes on where it was, with its files', async () => {
    world.script(
      write('a.txt', 'one\n'),
      bash('echo two > b.txt'),
      bash('cat a.txt b.txt'),
      handOff('success'),
    );
    await hold(undefined, {
      killPoint: (name) => {
        if (name === 'run.build.results-recorded' && !paused) pausing = pause();
      },
    });
    await pausing;
    expect(await world.run()).toMatchObject({
      status: 'suspended',
      checkpoint: { turn: expect.any(Number) as number },
    });
    await world.person({ type: 'ResumeMission', data: {} });
    await hold();
    expect((await results()).at(-2)).toMatch(/one\s+two/);
  });

  let paused = false;
  let pausing: Promise<void> | undefined;
  function pause(): Promise<void> {
    paused = true;
    return world.person({ type: 'PauseMission', data: {} });
  }
});

/** Processes that have to do with a directory, by working directory or command line. */
function processesBelow(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return words.includes(directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
      } catch {
        return false;
      }
    });
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { approved, smallProposal } from '@missions/mission/testing';
import { driveRun, OwnerUnreachableError, type RunHost } from '@missions/runs';
import { RunWorld, secret } from '@missions/runs/testing';
import { HostStage } from '@missions/runtime/testing';
import { settle } from '@missions/testing';
import {
  bash,
  buildFacts,
  buildResults,
  buildOn,
  handOff,
  processesOf,
  write,
} from './conformance/staged-build.ts';

const planted = 'sk-ant-planted-0815-4711';
let stage: HostStage;
let baseSha: string;
let world: RunWorld;

beforeEach(async () => {
  stage = await HostStage.open({ bwrap: await findTool('bwrap'), stateDir: stateDirectory() });
  const { person } = stage;
  person.write('README.md', 'start\n');
  baseSha = person.commit('Start');
  const repository = { url: person.path, kind: 'local', baseBranch: 'main', baseSha } as const;
  world = await RunWorld.after(approved({ repository }, smallProposal()));
}, 180_000);

afterEach(() => {
  stage.close();
});

async function hold(signal = new AbortController().signal, over: Partial<RunHost> = {}): Promise<void> {
  await driveRun(world.host(over), await world.delegation(), buildOn(stage), signal);
}

const branch = 'missions/m-demo1';

function commits(): readonly string[] {
  return stage.person.git('log', '--format=%H', `main..${branch}`).split('\n');
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
    expect(stage.person.git('show', `${branch}:a.txt`)).toBe('one');
    expect(stage.person.git('log', '-1', '--format=%B', branch)).toContain('Feature F-001');
    expect(stage.workspaces()).toEqual([]);
    expect(world.killPoints).toEqual(
      expect.arrayContaining(['run.build.claimed', 'run.build.committed', 'run.build.concluded']),
    );
  });

  it('tells the agent how work is done where it works, and the skill that the plan names, as of its commit', async () => {
    stage.person.write('AGENTS.md', 'Use tabs.\n');
    stage.person.write('src/AGENTS.md', 'Use spaces.\n');
    stage.person.write(
      '.missions/skills/migrate/SKILL.md',
      '---\nname: migrate\ndescription: x\n---\nNumber it.\n',
    );
    const repository = { url: stage.person.path, kind: 'local', baseBranch: 'main' } as const;
    const plan = smallProposal({ skill: 'migrate', touches: ['path:/src/**'] });
    world = await RunWorld.after(
      approved({ repository: { ...repository, baseSha: stage.person.commit('How') } }, plan),
    );
    world.script(write('AGENTS.md', 'Do as you like.\n'), handOff('success'));
    await hold();
    const [told] = (await buildFacts(world)).filter(({ type }) => type === 'ContextAssembled');
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
    expect((await buildResults(world))[0]).toContain('Nothing changed');
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
    expect((await buildResults(world))[1]).toMatch(/key\.txt.*2/);
    expect(await world.written()).not.toContain(secret);
    expect(stage.person.git('ls-tree', '--name-only', branch).split('\n')).toEqual(['README.md', 'a.txt']);
  });

  it('shows the sandbox nothing of the service’s environment', async () => {
    process.env['ANTHROPIC_API_KEY'] = planted;
    world.script(bash('env; cat /proc/1/environ /proc/self/environ | tr "\\0" "\\n"'), handOff('failure'));
    try {
      await hold();
    } finally {
      delete process.env['ANTHROPIC_API_KEY'];
    }
    const seen = (await buildResults(world))[0] ?? '';
    expect(seen).toContain('PATH=');
    expect(seen).not.toMatch(/ANTHROPIC|planted|MISSIONS_|DATABASE/);
  });

  it('keeps a partial attempt on a checkpoint, from which the next one starts', async () => {
    world.script(write('a.txt', 'one\n'), handOff('partial'));
    await hold();
    expect((await world.run()).checkpoint).toBeDefined();
    world.script(bash('cat a.txt'), write('b.txt', 'two\n'), handOff('success'));
    await hold();
    expect((await buildResults(world, 2))[0]).toContain('one');
    expect(stage.person.git('ls-tree', '--name-only', branch).split('\n')).toEqual([
      'README.md',
      'a.txt',
      'b.txt',
    ]);
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
    const left = stage.surroundings.places.workspace(`${runId}-1`);
    const other = stage.surroundings.places.workspace(`${runId}0-1`);
    const repository = await stage.surroundings.repositories.open({
      missionId: 'm-demo1',
      source: stage.person.path,
      baseSha,
    });
    for (const directory of [left, other])
      await repository.prepareWorktree({ runId, fromSha: baseSha, directory });
    await hold();
    expect(stage.workspaces().map((name) => name.split('.')[0])).toEqual([`${runId}0-1`]);
  });
});

describe('a builder that is stopped', () => {
  it('with its service lets go of the run promptly and leaves neither process nor file', async () => {
    world.script(write('a.txt', 'one\n'), bash('echo begun > mark; sleep 300 & sleep 300'));
    const stop = new AbortController();
    // Work that outlasts its patience is left behind with its place; here, however busy the machine, it is waited for.
    const held = hold(stop.signal, { limits: { ...world.host().limits, pauseGraceMs: 30_000 } });
    await settle(() =>
      stage.workspaces().some((name) => readdirSync(join(stage.root, 'workspaces', name)).includes('mark')),
    );
    const begun = performance.now();
    stop.abort();
    await held;
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await world.last('RunReleased')).toMatchObject({ reason: 'shutdown' });
    expect(stage.workspaces()).toEqual([]);
    expect(processesOf(stage.root)).toEqual([]);
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
    expect((await buildResults(world)).at(-2)).toMatch(/one\s+two/);
  });

  let paused = false;
  let pausing: Promise<void> | undefined;
  function pause(): Promise<void> {
    paused = true;
    return world.person({ type: 'PauseMission', data: {} });
  }
});

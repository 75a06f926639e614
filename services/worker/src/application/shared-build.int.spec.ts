import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError, eventsOf } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import { missionStream, type Change } from '@missions/mission';
import { approved, smallProposal, type History } from '@missions/mission/testing';
import { driveRun, type ClaimedRun } from '@missions/runs';
import { RunWorld, secret } from '@missions/runs/testing';
import { HostStage } from '@missions/runtime/testing';
import type { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { bash, buildFacts, buildResults, buildOn, handOff, write } from './conformance/staged-build.ts';

const other = 'm-other1';
const branch = 'missions/m-demo1';
let stage: HostStage;
let person: PersonRepository;
let baseSha: string;
let world: RunWorld;

beforeEach(async () => {
  stage = await HostStage.open({ bwrap: await findTool('bwrap'), stateDir: stateDirectory() });
  ({ person } = stage);
  person.write('a.txt', 'one\ntwo\nthree\n');
  person.write('b.txt', 'b\n');
  baseSha = person.commit('Start');
  world = await RunWorld.after(building({}));
}, 180_000);

afterEach(() => {
  stage.close();
});

function building({ baseSha: from = baseSha, ...over }: { missionId?: string; baseSha?: string }): History {
  const repository = { url: person.path, kind: 'local', baseBranch: 'main', baseSha: from } as const;
  return approved(
    { repository, integration: 'shared', ...over },
    smallProposal({ touches: ['a.txt', 'own/**'] }),
  );
}

/** What another mission of the repository was accepted for; only its log and its artifacts know of it. */
async function otherAccepted(files: Readonly<Record<string, string>>, from = baseSha): Promise<Change> {
  const host = new GitMissionRepositories({ stateDir: join(stage.root, 'other-host'), scan: () => [] });
  const repository = await host.open({ missionId: other, source: person.path, baseSha: from });
  const directory = join(stage.root, 'other-workspace');
  await repository.prepareWorktree({ runId: 'r', fromSha: from, directory });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  const { sha } = await repository.commit({
    runId: 'r',
    directory,
    parentSha: from,
    message: 'Theirs',
    trailers: { mission: other, feature: 'F-001', attempt: 1, run: 'r', fence: 1 },
    authoredAt: '2026-03-01T10:00:00.000Z',
  });
  const { digest: bundle } = await world.artifacts.put(await repository.bundle({ from, to: sha }), {
    mediaType: 'application/x-git-bundle',
  });
  const captured = { baseSha: from, headSha: sha, filesChanged: Object.keys(files), bundle };
  const { facts } = building({ missionId: other, baseSha: from }).built({ captured });
  const provenance = {
    occurredAt: '2026-03-01T10:00:00.000Z',
    actor: { kind: 'service', id: 'decide' },
    correlationId: 'c',
    causationId: 'c',
  } as const;
  await world.store.append({
    stream: missionStream(other),
    expectedVersion: 0,
    events: eventsOf<string, unknown>(other, facts, provenance),
  });
  return { missionId: other, sha };
}

async function hold(onClaim: (claimed: ClaimedRun) => void = () => undefined): Promise<void> {
  const build = buildOn(stage);
  const perform = (claimed: ClaimedRun): Promise<void> => {
    onClaim(claimed);
    return build(claimed);
  };
  await driveRun(world.host(), await world.delegation(), perform, new AbortController().signal);
}

/** Holds the run until a person pauses while its model is asked for the nth time; the mission is resumed afterwards. */
async function pausedAtRequest(nth: number): Promise<void> {
  const scripted = world.model;
  let asked = 0;
  let held: ClaimedRun['held'] | undefined;
  world.model = {
    id: scripted.id,
    respond: async (...request) => {
      asked += 1;
      if (asked === nth) {
        await world.person({ type: 'PauseMission', data: {} });
        await held?.renew();
      }
      return scripted.respond(...request);
    },
  };
  await hold((claimed) => {
    held = claimed.held;
  });
  world.model = scripted;
  const { status, lock } = await world.run();
  expect({ status, lock }).toEqual({ status: 'suspended', lock: undefined });
  await world.person({ type: 'ResumeMission', data: {} });
}

/** What the resumed run asked for again is granted. */
async function grantedAgain(changedBy: Change[]): Promise<void> {
  const { id, lock } = await world.run();
  expect(lock?.claimId).toMatch(`${id}/lock-`);
  const data = { claimId: lock?.claimId ?? '', ledger: 'resources-local', version: 2, changedBy };
  await world.told({ type: 'RecordLockGrant', data });
}

async function told(attempt = 1): Promise<string> {
  const found = (await buildFacts(world, attempt)).find(({ type }) => type === 'ContextAssembled');
  return JSON.stringify(found?.data);
}

const show = (path: string): string => person.git('show', `${branch}:${path}`);

describe('a build that shares its files', () => {
  it('starts from what another mission changed of them, merged by the supervisor', async () => {
    const change = await otherAccepted({ 'a.txt': 'one\nTWO\nthree\n' });
    await world.grant([change]);
    world.script(bash('cat a.txt'), write('a.txt', 'ONE\nTWO\nthree\n'), handOff('success'));
    await hold();
    expect(world.warnings).toEqual([]);
    expect((await buildResults(world))[0]).toContain('TWO');
    const { handoffs, head } = await world.mission();
    const captured = handoffs[0]?.captured;
    expect(captured).toMatchObject({ baseSha, headSha: head?.sha, filesChanged: ['a.txt'] });
    expect(captured?.integrated?.changes).toEqual([change]);
    const [merge] = person.git('log', '--first-parent', '--format=%H', `${branch}^`).split('\n');
    expect(merge).toBe(captured?.integrated?.sha);
    expect(person.git('log', '-1', '--format=%P', merge ?? '')).toBe(`${baseSha} ${change.sha}`);
    expect(await told()).toContain('Merged from other missions');
    expect(await told()).toContain('You may change `a.txt`, `own`, each');
    expect(await world.last('LockReleased')).toMatchObject({ change: { sha: head?.sha } });
  });

  it('has a conflict as its first task, and hands off only without its markers', async () => {
    const change = await otherAccepted({ 'a.txt': 'one\ntheirs\nthree\n' });
    await world.grant();
    world.script(write('a.txt', 'one\nours\nthree\n'), handOff('partial'));
    await hold();
    await world.grant([change]);
    world.script(
      bash('cat a.txt'),
      write('own/x.txt', 'x\n'),
      handOff('success'),
      write('a.txt', 'one\nours and theirs\nthree\n'),
      handOff('success'),
    );
    await hold();
    const said = await buildResults(world, 2);
    expect(said[0]).toMatch(/<<<<<<<[\s\S]*theirs[\s\S]*ours[\s\S]*>>>>>>>/);
    expect(said[2]).toMatch(/CONFLICT_LEFT[\s\S]*a\.txt:2/);
    expect(await told(2)).toContain('Resolve these conflicts first');
    expect(show('a.txt')).toBe('one\nours and theirs\nthree');
    expect((await world.mission()).features['F-001']).toMatchObject({ status: 'accepted' });
  });

  it('ends with its work when others changed its files during a pause, and the next run is told of it', async () => {
    const change = await otherAccepted({ 'a.txt': 'ONE\ntwo\nthree\n' });
    await world.grant();
    world.script(
      bash('cat a.txt'),
      write('own/x.txt', 'x\n'),
      write('a.txt', 'one\ntwo\nTHREE\n'),
      handOff('success'),
    );
    await pausedAtRequest(3);
    const { id } = await world.run();
    await grantedAgain([change]);
    await hold();
    expect(world.warnings).toEqual([]);
    const ended = await world.last('RunEnded');
    const { checkpoint } = (await world.mission()).runs[id] ?? {};
    expect(ended).toMatchObject({ runId: id, state: 'superseded', checkpoint });
    expect(checkpoint).toMatchObject({ turn: 3 });
    expect(await buildResults(world)).toHaveLength(2);

    await world.grant([change]);
    world.script(bash('cat a.txt own/x.txt'), handOff('success'));
    await hold();
    expect(await told(2)).toContain('Merged from other missions');
    expect((await buildResults(world, 2))[0]).toMatch(/ONE[\s\S]*x/);
    expect(show('a.txt')).toBe('ONE\ntwo\nthree');
    expect(show('own/x.txt')).toBe('x');
  });

  it('goes on in its conversation when nothing but time passed during a pause', async () => {
    const change = await otherAccepted({ 'a.txt': 'ONE\ntwo\nthree\n' });
    await world.grant([change]);
    world.script(bash('cat a.txt'), write('a.txt', 'ONE\ntwo\nTHREE\n'), handOff('success'));
    await pausedAtRequest(2);
    await grantedAgain([change]);
    await hold();
    expect(show('a.txt')).toBe('ONE\ntwo\nTHREE');
    expect((await buildFacts(world)).filter(({ type }) => type === 'RunResumed')).toHaveLength(2);
  });

  it('ends with all of its work when its handoff comes after its lock was lost', async () => {
    await world.grant();
    const [written] = write('own/x.txt', 'x\n').calls;
    const [handedOff] = handOff('success').calls;
    world.script({ calls: [written, handedOff] }, handOff('success'));
    world.meddle = ({ command }) => {
      const { type, data } = command as { type: string; data: { conclusion?: { kind: string } } };
      if (type === 'ConcludeRun' && data.conclusion?.kind === 'handed_off')
        throw new DomainError('LOCK_LOST', 'The lease was lost.');
    };
    await hold();
    expect(await world.last('RunEnded')).toMatchObject({
      state: 'superseded',
      checkpoint: { turn: 1 },
      usage: { turns: 1 },
    });
    world.meddle = () => undefined;
    await world.grant();
    world.script(bash('cat own/x.txt'), handOff('success'));
    await hold();
    expect(await buildResults(world, 2)).toContainEqual(expect.stringContaining('x'));
    expect(show('own/x.txt')).toBe('x');
  });

  it('changes nothing it was not granted', async () => {
    await world.grant();
    world.script(
      write('a.txt', 'mine\n'),
      write('b.txt', 'not mine\n'),
      handOff('success'),
      write('b.txt', 'b\n'),
      handOff('success'),
    );
    await hold();
    const said = (await buildResults(world))[2];
    expect(said).toMatch(/OUTSIDE_GRANT[\s\S]*b\.txt/);
    expect(said).toContain('negotiate');
    expect((await world.mission()).handoffs[0]?.captured.filesChanged).toEqual(['a.txt']);
  });

  it.each(['the base', 'a newer base'])(
    'answers for no secrets but its own, merging work on %s',
    async (on) => {
      if (on === 'a newer base') person.write('fixture.env', `KEY=${secret}\n`);
      const from = on === 'a newer base' ? person.commit('A newer base with a fixture') : baseSha;
      const theirs = { 'a.txt': 'one\nTWO\nthree\n', 'fixture.txt': `${secret}\n` };
      const change = await otherAccepted(theirs, from);
      await world.grant([change]);
      world.script(
        write('own/x.txt', `${secret}\n`),
        bash('cp fixture.txt own/y.txt'),
        handOff('success'),
        bash('rm -f own/x.txt own/y.txt; echo fine > own/z.txt'),
        handOff('success'),
      );
      await hold();
      expect((await buildResults(world))[2]).toContain('SECRET_FOUND');
      const { captured } = (await world.mission()).handoffs[0] ?? {};
      expect(captured).toMatchObject({ integrated: { changes: [change] }, filesChanged: ['own/z.txt'] });
    },
  );

  it('merges nothing into a mission that works by itself', async () => {
    const repository = { url: person.path, kind: 'local', baseBranch: 'main', baseSha } as const;
    world = await RunWorld.after(approved({ repository }, smallProposal({ touches: ['a.txt'] })));
    expect((await world.run()).lock).toBeUndefined();
    world.script(write('b.txt', 'anything\n'), handOff('success'));
    await hold();
    expect((await world.mission()).handoffs[0]?.captured).not.toHaveProperty('integrated');
  });
});

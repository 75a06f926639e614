import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryArtifactStore } from '@missions/event-store/memory';
import type { Handoff, Mission } from '@missions/mission';
import { approved } from '@missions/mission/testing';
import type { MissionRepository } from '@missions/workspace';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { openMissionStore, projectHead } from './mission-store.ts';

const missionId = 'm-demo1';
const branch = `refs/heads/missions/${missionId}`;

let root: string;
let person: PersonRepository;
let baseSha: string;
let repository: MissionRepository;
let handoffs: Handoff[];
let refusals: unknown[];
const artifacts = new MemoryArtifactStore();

beforeEach(async () => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-head-'));
  person = PersonRepository.create(join(root, 'person'));
  person.write('README.md', 'start\n');
  baseSha = person.commit('Start');
  handoffs = [];
  refusals = [];
  repository = await openMissionStore({ repositories: host('one'), artifacts }, missionAt(baseSha, 0));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function host(name: string): GitMissionRepositories {
  return new GitMissionRepositories({ stateDir: join(root, name), scan: () => [] });
}

/** A mission whose head is where the case says, after the handoffs so far. */
function missionAt(sha: string, token: number): Mission {
  const { mission } = approved({
    missionId,
    repository: { url: join(root, 'person'), kind: 'local', baseBranch: 'main', baseSha },
  });
  return { ...mission, head: { sha, token }, handoffs };
}

/** An accepted commit on top of another. */
async function accepted(parentSha: string, attempt: number): Promise<string> {
  const directory = join(root, `work-${String(attempt)}`);
  await repository.prepareWorktree({ runId: 'r', fromSha: parentSha, directory });
  writeFileSync(join(directory, 'work.txt'), `attempt ${String(attempt)}\n`);
  const trailers = { mission: missionId, feature: 'F-001', attempt, run: 'r', fence: attempt };
  const { sha } = await repository.commit({
    runId: 'r',
    directory,
    parentSha,
    message: 'Work',
    trailers,
    authoredAt: '2026-03-01T10:00:00.000Z',
  });
  const bundle = await repository.bundle({ from: parentSha, to: sha });
  const { digest } = await artifacts.put(bundle, { mediaType: 'application/x-git-bundle' });
  const claim = {
    outcome: 'success' as const,
    salientSummary: 'Done.',
    whatWasImplemented: [],
    whatWasLeftUndone: [],
    assertionClaims: [],
    discoveredIssues: [],
    decisions: [],
    environmentNotes: [],
  };
  const captured = { baseSha: parentSha, headSha: sha, bundle: digest, filesChanged: [], commandsRun: [] };
  handoffs = [...handoffs, { featureId: 'F-001', runId: 'm-demo1-r4', attempt, claim, captured }];
  return sha;
}

function project(sha: string, token: number, at = repository): Promise<void> {
  return projectHead(at, missionAt(sha, token), (error) => refusals.push(error));
}

function published(): string {
  return person.git('for-each-ref', '--format=%(objectname)', branch);
}

describe('projecting the head of a mission', () => {
  it('makes no branch before anything was accepted', async () => {
    await project(baseSha, 0);
    expect([published(), await repository.head()]).toEqual(['', undefined]);
  });

  it('moves the branch with every accepted commit, also over one that was missed', async () => {
    const first = await accepted(baseSha, 1);
    await project(first, 1);
    expect(published()).toBe(first);
    const second = await accepted(first, 2);
    const third = await accepted(second, 3);
    await project(third, 3);
    expect([published(), await repository.head()]).toEqual([third, third]);
    expect(refusals).toEqual([]);
  });

  it('makes the branch later where the first commits could not be published', async () => {
    const first = await accepted(baseSha, 1);
    const second = await accepted(first, 2);
    await project(second, 2);
    expect(published()).toBe(second);
  });

  it('follows a roll back, also to the base, and what is built after it', async () => {
    const first = await accepted(baseSha, 1);
    const second = await accepted(first, 2);
    await project(second, 2);
    await project(first, 2);
    expect(published()).toBe(first);
    await project(baseSha, 2);
    expect(published()).toBe(baseSha);
    const third = await accepted(baseSha, 3);
    await project(third, 3);
    expect([published(), refusals]).toEqual([third, []]);
  });

  it('leaves a branch where a person moved it, and says so', async () => {
    const first = await accepted(baseSha, 1);
    await project(first, 1);
    person.write('own.txt', 'mine\n');
    const own = person.commit('Mine');
    person.git('update-ref', branch, own);
    const second = await accepted(first, 2);
    await project(second, 2);
    expect(published()).toBe(own);
    expect(await repository.head()).toBe(second);
    expect(refusals).toMatchObject([{ code: 'BRANCH_MOVED' }]);
  });

  it('says that it came too late when a newer holder has moved it further', async () => {
    const first = await accepted(baseSha, 1);
    const second = await accepted(first, 2);
    await project(second, 2);
    await project(first, 1);
    expect(published()).toBe(second);
    expect(refusals).toMatchObject([{ code: 'STALE_TOKEN' }]);
  });

  it('says that the repository is gone', async () => {
    const first = await accepted(baseSha, 1);
    rmSync(join(root, 'person'), { recursive: true });
    await project(first, 1);
    expect(refusals).toHaveLength(1);
    expect(await repository.head()).toBe(first);
  });

  it('works on a host that has only the log', async () => {
    const first = await accepted(baseSha, 1);
    const elsewhere = await openMissionStore({ repositories: host('two'), artifacts }, missionAt(first, 1));
    await project(first, 1, elsewhere);
    expect(published()).toBe(first);
  });
});

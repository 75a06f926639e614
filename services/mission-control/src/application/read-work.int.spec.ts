import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryArtifactStore } from '@missions/event-store/memory';
import { createRedactor } from '@missions/kernel';
import type { Mission } from '@missions/mission';
import { approved, missionId } from '@missions/mission/testing';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { EMPTY_BASE_SHA, type MissionRepository } from '@missions/workspace';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { ReadWork } from './read-work.ts';

const { signal } = new AbortController();
const key = `ghp_${'0123456789'.repeat(4).slice(0, 36)}`;

let place: TemporaryDirectory;
let person: PersonRepository;
let artifacts: MemoryArtifactStore;
let commits: number;

beforeEach(() => {
  place = temporaryDirectory();
  person = PersonRepository.create(join(place.path, 'person'));
  artifacts = new MemoryArtifactStore();
  commits = 0;
});

afterEach(() => {
  place.remove();
});

/** Where runs worked: nothing was recognised there. */
function opened(baseSha: string): Promise<MissionRepository> {
  const host = new GitMissionRepositories({ stateDir: join(place.path, 'worker'), scan: () => [] });
  return host.open({ missionId, source: person.path, baseSha });
}

async function work(
  repository: MissionRepository,
  parentSha: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  commits += 1;
  const feature = `F-${String(commits)}`;
  const directory = join(place.path, feature);
  await repository.prepareWorktree({ runId: feature, fromSha: parentSha, directory });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  const trailers = { mission: missionId, feature, attempt: 1, run: feature, fence: 1 };
  const at = '2026-02-03T04:05:06Z';
  const made = { runId: feature, directory, parentSha, message: 'Work', trailers, authoredAt: at };
  return (await repository.commit(made)).sha;
}

interface Accepted {
  readonly baseSha: string;
  readonly headSha: string;
  readonly integrated?: {
    readonly sha: string;
    readonly changes: readonly { missionId: string; sha: string }[];
  };
}

async function accepted(repository: MissionRepository, { baseSha, ...captured }: Accepted): Promise<Mission> {
  const from = baseSha === EMPTY_BASE_SHA ? {} : { from: baseSha };
  const packed = await repository.bundle({ ...from, to: captured.headSha });
  const { digest } = await artifacts.put(packed, { mediaType: 'application/x-git-bundle' });
  const history = approved({
    repository: { url: person.path, kind: 'local', baseBranch: 'main', baseSha },
    integration: 'shared',
  });
  return history.built({ captured: { baseSha, ...captured, bundle: digest, filesChanged: ['own.txt'] } })
    .mission;
}

/** As Mission Control hands it over, which knows how keys look. */
function deliver(mission: Mission) {
  const redactor = createRedactor({ secrets: [] });
  const scan = (_path: string, text: string) => redactor.finds(text);
  const host = new GitMissionRepositories({ stateDir: join(place.path, 'control'), scan });
  return new ReadWork(host, artifacts).delivered(mission, signal);
}

/** One run, on top of what another mission was accepted for: that one began on a newer base. */
async function shared(own: Readonly<Record<string, string>>): Promise<Mission> {
  person.write('README.md', 'A product.\n');
  const baseSha = person.commit('begin');
  person.write('fixture.env', `KEY=${key}\n`);
  const newer = person.commit('A newer base with a fixture');
  const repository = await opened(baseSha);
  const elsewhere = new GitMissionRepositories({ stateDir: join(place.path, 'other'), scan: () => [] });
  const other = await elsewhere.open({ missionId: 'm-other1', source: person.path, baseSha: newer });
  const sha = await work(other, newer, { 'theirs.env': `${key}\n` });
  await repository.importBundle({ bundle: await other.bundle({ to: sha }), sha });
  const changes = [{ missionId: 'm-other1', sha }];
  const { sha: start } = await repository.integrate({ ours: baseSha, theirs: changes });
  const headSha = await work(repository, start, own);
  return accepted(repository, { baseSha, headSha, integrated: { sha: start, changes } });
}

describe('the work of a mission that is handed over', () => {
  it('does not answer for what came in from a newer base or another mission', async () => {
    const mission = await shared({ 'own.txt': 'fine\n' });
    expect(await deliver(mission)).toMatchObject({ headSha: mission.head?.sha });
  });

  it('is refused for a key that its own run wrote', async () => {
    const mission = await shared({ 'own.txt': `a\n${key}\n` });
    await expect(deliver(mission)).rejects.toMatchObject({
      code: 'SECRET_FOUND',
      evidence: { file: 'own.txt', line: 2 },
    });
  });

  it('is refused for a key, too, when it began with nothing', async () => {
    const repository = await opened(EMPTY_BASE_SHA);
    const headSha = await work(repository, EMPTY_BASE_SHA, { 'own.txt': `${key}\n` });
    const mission = await accepted(repository, { baseSha: EMPTY_BASE_SHA, headSha });
    await expect(deliver(mission)).rejects.toMatchObject({ code: 'SECRET_FOUND' });
  });
});

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  bundleManifestSchema,
  bundlePaths,
  cloudEventSchema,
  evidenceIndexSchema,
  missionReport,
  recordedFactOf,
  type BundleManifest,
} from '@missions/contracts';
import { MemoryArtifactStore, MemoryEventStore } from '@missions/event-store/memory';
import { eventsOf } from '@missions/kernel';
import { chronicleOf, missionStream, type MissionEventType } from '@missions/mission';
import { approved, missionId } from '@missions/mission/testing';
import { MissionFolds } from '@missions/runs';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { bundleArchive } from './adapters/bundle-archive.ts';
import { ExportBundle } from './application/export-bundle.ts';
import { ReadMissions } from './application/read-missions.ts';
import { ReadReport } from './application/read-report.ts';
import { ReadWork } from './application/read-work.ts';

const signal = new AbortController().signal;
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let place: TemporaryDirectory;
let person: PersonRepository;

let store: MemoryEventStore;
let artifacts: MemoryArtifactStore;
let headSha: string;

beforeEach(async () => {
  place = temporaryDirectory();
  person = PersonRepository.create(join(place.path, 'person'));
  person.write('README.md', 'A product.\n');
  person.commit('begin');
  store = new MemoryEventStore();
  artifacts = new MemoryArtifactStore();
  headSha = await validatedMission();
});

afterEach(() => {
  place.remove();
});

function host(name: string): GitMissionRepositories {
  return new GitMissionRepositories({ stateDir: join(place.path, name), scan: () => [] });
}

/** A mission whose first feature really is a commit, and whose proofs left evidence; one piece of it is lost. */
async function validatedMission(): Promise<string> {
  const baseSha = person.git('rev-parse', 'HEAD');
  const repository = await host('worker').open({ missionId, source: person.path, baseSha });
  const directory = join(place.path, 'workspace');
  await repository.prepareWorktree({ runId: 'run-1', fromSha: baseSha, directory });
  writeFileSync(join(directory, 'work.txt'), 'work\n');
  writeFileSync(join(directory, 'picture.png'), png);
  const { sha } = await repository.commit({
    runId: 'run-1',
    directory,
    parentSha: baseSha,
    message: 'Add work',
    authoredAt: '2026-02-03T04:05:06Z',
    trailers: { mission: missionId, feature: 'F-001', attempt: 1, run: `${missionId}-r4`, fence: 1 },
  });
  const bundle = await artifacts.put(await repository.bundle({ from: baseSha, to: sha }), { mediaType: 'x' });
  const shown = await artifacts.put(png, { mediaType: 'image/png' });
  const { facts } = approved({
    repository: { url: person.path, kind: 'local', baseBranch: 'main', baseSha },
  }).built({ captured: { baseSha, headSha: sha, bundle: bundle.digest, filesChanged: ['work.txt'] } });
  const judged = {
    type: 'AssertionJudged' as const,
    data: {
      assertionId: 'VAL-ADD-001',
      milestoneId: 'M1',
      round: 1,
      runId: `${missionId}-r5`,
      targetSha: sha,
      verdict: 'pass' as const,
      observed: 'seen',
      expected: 'exit code 0',
      evidence: [
        { kind: 'screenshot', artifact: shown.digest },
        { kind: 'output', artifact: `sha256:${'0'.repeat(64)}` },
      ],
      reproSteps: [],
    },
  };
  await store.append({
    stream: missionStream(missionId),
    expectedVersion: 0,
    events: eventsOf<MissionEventType, unknown>('test', [...facts, judged], {
      occurredAt: '2026-03-01T10:00:00.000Z',
      actor: { kind: 'service', id: 'test' },
      correlationId: 'test',
      causationId: 'test',
    }),
  });
  return sha;
}

function bundles(): ExportBundle {
  const nothing = { all: () => Promise.resolve([]), runs: () => Promise.resolve(new Map()) };
  const missions = new ReadMissions({
    store,
    folds: new MissionFolds(store),
    cards: nothing as never,
    live: nothing as never,
    staleAfterMs: 1000,
  });
  const parts = { missions, store, audit: store, artifacts };
  return new ExportBundle({
    ...parts,
    reports: new ReadReport(artifacts),
    work: new ReadWork(host('control'), artifacts),
  });
}

async function archive(): Promise<Buffer> {
  return buffer(bundleArchive(await bundles().of(missionId, signal)));
}

/** Unpacked by the system's own tar: whoever gets the archive needs nothing of ours. */
function unpacked(bytes: Buffer): (path: string) => Buffer {
  const folder = join(place.path, 'unpacked');
  mkdirSync(folder);
  writeFileSync(join(folder, 'bundle.tar.gz'), bytes);
  execFileSync('tar', ['-xzf', 'bundle.tar.gz'], { cwd: folder });
  return (path) => readFileSync(join(folder, missionId, path));
}

function manifestOf(read: (path: string) => Buffer): BundleManifest {
  return bundleManifestSchema.parse(JSON.parse(read(bundlePaths.manifest).toString()));
}

describe('a mission as one archive', () => {
  it('is the same bytes for the same log', async () => {
    const [first, second] = [await archive(), await archive()];
    expect(first.equals(second)).toBe(true);
  });

  it('lists every file with its hash, and the place in the log that it is of', async () => {
    const read = unpacked(await archive());
    const manifest = manifestOf(read);
    for (const { path, sha256 } of manifest.files)
      expect(createHash('sha256').update(read(path)).digest('hex')).toBe(sha256);
    const [last] = await store.stored(missionStream(missionId), { after: manifest.seq - 1, limit: 1 });
    expect(manifest).toMatchObject({
      missionId,
      headSha,
      chainHash: Buffer.from(last?.hash ?? []).toString('hex'),
    });
    expect(manifest.files.map(({ path }) => path)).toEqual([
      'report.json',
      'report.md',
      'report.html',
      'mission.patch',
      'mission.bundle',
      'log.ndjson',
      expect.stringMatching(/^evidence\/[0-9a-f]{64}\.png$/),
      'evidence/index.json',
    ]);
  });

  it('holds the report that follows from its log', async () => {
    const read = unpacked(await archive());
    const events = read(bundlePaths.log)
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => recordedFactOf(cloudEventSchema.parse(JSON.parse(line))));
    const folded: unknown = JSON.parse(JSON.stringify(missionReport(chronicleOf(events))));
    expect(JSON.parse(read(bundlePaths.reportJson).toString())).toEqual(folded);
    expect(folded).toMatchObject({ seq: events.length, headSha });
  });

  it('holds the work as a patch that applies and as a bundle that Git fetches, also what is binary', async () => {
    const read = unpacked(await archive());
    writeFileSync(join(place.path, 'mission.patch'), read(bundlePaths.patch));
    writeFileSync(join(place.path, 'mission.bundle'), read(bundlePaths.gitBundle));
    person.git('fetch', '-q', join(place.path, 'mission.bundle'), `missions/${missionId}:delivered`);
    expect(person.git('rev-parse', 'delivered')).toBe(headSha);
    person.git('apply', '--index', join(place.path, 'mission.patch'));
    expect(person.git('write-tree')).toBe(person.git('rev-parse', 'delivered^{tree}'));
  });

  it('shows the evidence in the page, and names what was lost', async () => {
    const read = unpacked(await archive());
    expect(read(bundlePaths.reportHtml).toString()).toContain(
      `src="data:image/png;base64,${png.toString('base64')}"`,
    );
    const index = evidenceIndexSchema.parse(JSON.parse(read(bundlePaths.evidenceIndex).toString()));
    expect(index.map(({ digest, path }) => [digest.slice(0, 8), path !== undefined])).toContainEqual([
      'sha256:0',
      false,
    ]);
    const shown = index.find(({ path }) => path !== undefined);
    expect(shown?.uses).toMatchObject([{ assertionId: 'VAL-ADD-001', kind: 'screenshot', of: 'M1.1 pass' }]);
    expect(read(shown?.path ?? '').equals(png)).toBe(true);
  });

  it('breaks off instead of ending when a file of it cannot be read', async () => {
    const bundle = await bundles().of(missionId, signal);
    const broken = {
      ...bundle,
      files: (async function* () {
        yield { path: 'report.md', bytes: Buffer.from('a') };
        await Promise.reject(new Error('The store is away.'));
      })(),
    };
    await expect(buffer(bundleArchive(broken))).rejects.toThrow('The store is away.');
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missionReport, missionView, type BundlesView } from '@missions/contracts';
import { atFinalProof, chronicle, missionId } from '@missions/mission/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { FakeForge } from '../conformance/fake-forge.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

const token = 't0ken-of-a-person';
const branch = `missions/${missionId}`;

let place: string;
let person: PersonRepository;
let remote: PersonRepository;
let forge: FakeForge;
let control: Server;
let headSha: string;

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'missions-pr-'));
  person = PersonRepository.create(join(place, 'person'));
  person.write('README.md', 'A product.\n');
  const baseSha = person.commit('begin');
  remote = PersonRepository.create(join(place, 'remote'));
  remote.git('fetch', '--quiet', person.path, 'main');
  remote.git('update-ref', 'refs/heads/main', 'FETCH_HEAD');
  forge = new FakeForge('github', token);
  const apiUrl = await forge.listen();
  control = await missionControl(baseSha);
  writeFileSync(
    join(place, 'missions.config.yaml'),
    `delivery:
  pullRequests:
    { enabled: true, provider: github, repository: ana/app, tokenEnv: FORGE_TOKEN, apiUrl: '${apiUrl}', remote: '${remote.path}' }
`,
  );
});

afterEach(async () => {
  await forge.close();
  control.closeAllConnections();
  await new Promise((resolve) => control.close(resolve));
  rmSync(place, { recursive: true, force: true });
});

/** A completed mission with one real commit, as Mission Control tells of it. */
async function missionControl(baseSha: string): Promise<Server> {
  const repositories = new GitMissionRepositories({ stateDir: join(place, 'state'), scan: () => [] });
  const repository = await repositories.open({ missionId, source: person.path, baseSha });
  const directory = join(place, 'workspace');
  mkdirSync(directory);
  await repository.prepareWorktree({ runId: 'run-1', fromSha: baseSha, directory });
  writeFileSync(join(directory, 'work.txt'), 'work\n');
  ({ sha: headSha } = await repository.commit({
    ...{
      runId: 'run-1',
      directory,
      parentSha: baseSha,
      message: 'Add work',
      authoredAt: '2026-02-03T04:05:06Z',
    },
    trailers: { mission: missionId, feature: 'F-001', attempt: 1, run: 'run-1', fence: 1 },
  }));
  const bundle = await repository.bundle({ from: baseSha, to: headSha });
  const history = atFinalProof().validated();
  const bundles: BundlesView = {
    ...{ missionId, branch, repository: person.path, kind: 'local', baseSha, headSha },
    bundles: [{ sha: headSha, digest: 'sha256:1', featureId: 'F-001' }],
  };
  const answers: Readonly<Record<string, unknown>> = {
    [`/v1/missions/${missionId}`]: missionView(history.mission, { live: new Map(), stale: false }),
    [`/v1/missions/${missionId}/bundles`]: bundles,
    [`/v1/missions/${missionId}/report`]: missionReport(chronicle(history)),
  };
  const server = createServer((request, response) => {
    const isBundle = request.url?.startsWith('/v1/artifacts/') === true;
    response.end(isBundle ? bundle : JSON.stringify(answers[request.url ?? '']));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function pr(...options: readonly string[]): Promise<Ran> {
  const url = `http://127.0.0.1:${String((control.address() as AddressInfo).port)}`;
  const env = { MISSIONS_API: url, MISSIONS_TOKEN: 'token', FORGE_TOKEN: token };
  return runMissions(['pr', missionId, '--json', ...options], { cwd: place, env });
}

describe('missions pr, all the way', () => {
  it('pushes that one branch and opens one pull request, however often it is asked', async () => {
    const before = person.untouchable();
    const first = await pr();
    expect([first.exitCode, first.stderr]).toEqual([0, `pushing ${branch}\n`]);
    expect(JSON.parse(first.stdout)).toMatchObject({ done: 'created', pushed: true, sha: headSha });
    expect(JSON.parse((await pr()).stdout)).toMatchObject({ done: 'updated', pushed: false, number: 1 });
    expect(remote.git('for-each-ref', '--format=%(refname)')).toBe(`refs/heads/main\nrefs/heads/${branch}`);
    expect(remote.git('rev-parse', branch)).toBe(headSha);
    expect(forge.pulls).toHaveLength(1);
    expect(person.untouchable()).toBe(before);
    expect(first.stdout + first.stderr).not.toContain(token);
  });

  it('leaves a branch that somebody else moved, and opens nothing for it', async () => {
    remote.git(
      'update-ref',
      `refs/heads/${branch}`,
      remote.git('commit-tree', '-m', 'theirs', 'main^{tree}'),
    );
    const { exitCode, stderr } = await pr();
    expect(exitCode).toBe(6);
    expect(stderr).toContain('BRANCH_MOVED');
    expect(forge.pulls).toEqual([]);
  });

  it('sends nothing in a dry run', async () => {
    const { exitCode, stdout } = await pr('--dry-run');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { push: { branch, sha: headSha } }]);
    expect(forge.requests).toEqual([]);
    expect(remote.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });
});

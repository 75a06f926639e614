import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EMPTY_BASE_SHA } from '../mission-repositories.ts';
import { GitFixture, MISSION } from '../conformance/git-fixture.ts';
import type { PersonRepository } from '../conformance/person-repository.ts';

let fixture: GitFixture;
beforeEach(() => {
  fixture = new GitFixture();
});
afterEach(() => {
  fixture.dispose();
});

const inspect = (pathOrUrl: string, base?: string) =>
  fixture.repositories.inspectRepository({ pathOrUrl, ...(base === undefined ? {} : { base }) });

describe('inspecting a local repository', () => {
  it('starts from the checked-out branch', async () => {
    const sha = fixture.person.commit('first');
    expect(await inspect(fixture.person.path)).toEqual({
      kind: 'local',
      url: fixture.person.path,
      baseBranch: 'main',
      baseSha: sha,
      empty: false,
      dirty: false,
      detached: false,
      notes: [],
    });
  });

  it('accepts a file URL and a named base', async () => {
    const sha = fixture.person.commit('first');
    fixture.person.git('checkout', '--quiet', '-b', 'topic/a');
    fixture.person.commit('second');
    expect(await inspect(`file://${fixture.person.path}`, 'main')).toMatchObject({
      baseSha: sha,
      baseBranch: 'main',
    });
  });

  it.each([
    [
      'changed',
      (person: PersonRepository) => {
        person.write('a.txt', 'two');
      },
    ],
    [
      'staged',
      (person: PersonRepository) => {
        person.write('a.txt', 'two');
        person.git('add', 'a.txt');
      },
    ],
    [
      'untracked',
      (person: PersonRepository) => {
        person.write('b.txt', 'new');
      },
    ],
    [
      'deleted',
      (person: PersonRepository) => {
        rmSync(join(person.path, 'a.txt'));
      },
    ],
  ])('allows a checkout with a %s file and says that it is not part of the mission', async (_, spoil) => {
    fixture.person.write('a.txt', 'one');
    fixture.person.commit('first');
    spoil(fixture.person);
    const before = fixture.person.untouchable();
    const seen = await inspect(fixture.person.path);
    expect(seen.dirty).toBe(true);
    expect(seen.notes.join()).toContain('not part of the mission');
    expect(fixture.person.untouchable()).toBe(before);
  });

  it('does not call ignored files uncommitted changes, nor another base', async () => {
    fixture.person.write('.gitignore', 'out/\n');
    fixture.person.commit('first');
    fixture.person.git('branch', 'old');
    fixture.person.commit('second');
    fixture.person.write('out/a.txt', 'built');
    expect(await inspect(fixture.person.path, 'old')).toMatchObject({ dirty: false, baseBranch: 'old' });
  });

  it('starts from the commit of a detached head and says so', async () => {
    const sha = fixture.person.commit('first');
    fixture.person.commit('second');
    fixture.person.git('checkout', '--quiet', sha);
    const seen = await inspect(fixture.person.path);
    expect(seen).toMatchObject({ baseSha: sha, baseBranch: undefined, detached: true });
    expect(seen.notes.join()).toContain('detached');
  });

  it('starts an empty repository from the same empty commit on every host', async () => {
    const seen = await inspect(fixture.person.path);
    expect(seen).toMatchObject({ empty: true, baseBranch: 'main', baseSha: EMPTY_BASE_SHA });
    const [here, there] = await Promise.all(
      ['state', 'other'].map((name) =>
        fixture.host(name).open({ missionId: MISSION, source: fixture.person.path, baseSha: seen.baseSha }),
      ),
    );
    expect(await here?.listFiles({ sha: EMPTY_BASE_SHA })).toEqual([]);
    expect(await there?.hasCommit(EMPTY_BASE_SHA)).toBe(true);
  });

  it('reads a bare repository, a linked worktree and a shallow clone', async () => {
    fixture.person.commit('first');
    const sha = fixture.person.commit('second');
    fixture.person.git('worktree', 'add', '--quiet', join(fixture.root, 'linked'), '-b', 'linked');
    fixture.person.git('clone', '--quiet', '--bare', '.', join(fixture.root, 'bare.git'));
    fixture.person.git(
      'clone',
      '--quiet',
      '--depth=1',
      `file://${fixture.person.path}`,
      join(fixture.root, 'shallow'),
    );
    expect(await inspect(join(fixture.root, 'linked'))).toMatchObject({ baseBranch: 'linked', baseSha: sha });
    expect(await inspect(join(fixture.root, 'bare.git'))).toMatchObject({ baseBranch: 'main', dirty: false });
    const shallow = await inspect(join(fixture.root, 'shallow'));
    expect(shallow.notes.join()).toContain('shallow');
    const source = join(fixture.root, 'shallow');
    const repository = await fixture.repositories.open({
      missionId: 'm-2',
      source,
      baseSha: shallow.baseSha,
    });
    expect((await repository.history({ to: sha })).map(({ subject }) => subject)).toEqual(['second']);
  });
});

describe('refusing what a mission cannot start from', () => {
  it('names the nearest branch', async () => {
    fixture.person.commit('first');
    fixture.person.git('branch', 'develop');
    await expect(inspect(fixture.person.path, 'devlop')).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
      evidence: { nearest: 'develop' },
    });
  });

  it.each(['main~1', '@{-1}', '--help', ':/first', 'main^{/x}', 'a b'])(
    'takes %s for no branch',
    async (base) => {
      fixture.person.commit('first');
      await expect(inspect(fixture.person.path, base)).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND' });
    },
  );

  it('tells a missing path, a plain folder, and a folder inside a repository apart', async () => {
    fixture.person.write('sub/a.txt', 'a');
    fixture.person.commit('first');
    mkdirSync(join(fixture.root, 'plain'));
    await expect(inspect(join(fixture.root, 'nothing'))).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_FOUND',
    });
    await expect(inspect(join(fixture.root, 'plain'))).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
    await expect(inspect(join(fixture.person.path, 'sub'))).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
      evidence: { enclosing: fixture.person.path },
    });
  });

  it('says when Git itself cannot read the repository', async () => {
    fixture.person.commit('first');
    writeFileSync(join(fixture.person.path, '.git/config'), '[core\n');
    await expect(inspect(fixture.person.path)).rejects.toMatchObject({ code: 'REPOSITORY_DAMAGED' });
  });

  it.each([
    ['ext::sh -c touch%20/tmp/x', 'UNSUPPORTED_URL'],
    ['http://example.test/r.git', 'UNSUPPORTED_URL'],
    ['git://example.test/r.git', 'UNSUPPORTED_URL'],
    ['https://ada:pw@example.test/r.git', 'CREDENTIALS_IN_URL'],
  ])('refuses %s', async (url, code) => {
    const refusal = await inspect(url).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code });
    expect(String(refusal)).not.toContain('pw');
  });

  it('refuses to open a mission on another base than it has', async () => {
    const baseSha = fixture.person.commit('first');
    const source = fixture.person.path;
    await fixture.repositories.open({ missionId: MISSION, source, baseSha });
    const next = fixture.person.commit('second');
    await expect(
      fixture.repositories.open({ missionId: MISSION, source, baseSha: next }),
    ).rejects.toMatchObject({ code: 'BASE_MISMATCH' });
  });

  it.each(['../x', 'a/b', '.hidden', 'a..b', 'x.lock', ''])('refuses %s as a mission', async (missionId) => {
    await expect(fixture.repositories.open({ missionId, baseSha: EMPTY_BASE_SHA })).rejects.toMatchObject({
      code: 'INVALID_ID',
    });
  });
});

describe('a remote repository', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    fixture.person.write('a.txt', 'one');
    fixture.person.commit('first');
    const bare = join(fixture.root, 'served.git');
    fixture.person.git('clone', '--quiet', '--bare', '.', bare);
    execFileSync('git', ['update-server-info'], { cwd: bare });
    server = createServer((request, response) => {
      try {
        response.end(
          readFileSync(join(bare, (request.url ?? '').split('?')[0]?.replace('/r.git', '') ?? '')),
        );
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r.git`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is inspected and fetched over an allowed transport', async () => {
    const repositories = fixture.host('state', { protocols: ['http'] });
    const seen = await repositories.inspectRepository({ pathOrUrl: url });
    expect(seen).toMatchObject({ kind: 'remote', url, baseBranch: 'main', dirty: false });
    const repository = await repositories.open({ missionId: MISSION, source: url, baseSha: seen.baseSha });
    expect((await repository.listFiles({ sha: seen.baseSha })).map(({ path }) => path)).toEqual(['a.txt']);
  });

  it('names a missing branch and an unreachable server', async () => {
    const repositories = fixture.host('state', { protocols: ['http'] });
    await expect(repositories.inspectRepository({ pathOrUrl: url, base: 'mian' })).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
      evidence: { nearest: 'main' },
    });
    await expect(
      repositories.inspectRepository({ pathOrUrl: url.replace('r.git', 'nothing') }),
    ).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
  });
});

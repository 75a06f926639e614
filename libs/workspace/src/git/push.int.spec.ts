import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GitFixture, MISSION } from '../conformance/git-fixture.ts';
import { PersonRepository } from '../conformance/person-repository.ts';
import type { MissionRepository } from '../mission-repository.ts';

const branch = `missions/${MISSION}`;

let fixture: GitFixture;
let repository: MissionRepository;
let remote: PersonRepository;
let sha: string;

beforeEach(async () => {
  fixture = new GitFixture();
  fixture.person.write('README.md', 'A product.\n');
  fixture.person.commit('begin');
  repository = await fixture.open();
  ({ sha } = await fixture.change(repository, repository.baseSha));
  remote = PersonRepository.create(join(fixture.root, 'remote'));
  remote.git('fetch', '--quiet', fixture.person.path, 'main');
  remote.git('update-ref', 'refs/heads/main', 'FETCH_HEAD');
});

afterEach(() => {
  fixture.dispose();
});

const refs = (): string => remote.git('for-each-ref', '--format=%(refname) %(objectname)');

describe('pushing a mission’s branch', () => {
  it('makes that one branch, and does nothing the second time', async () => {
    const before = refs();
    expect(await repository.push({ remote: remote.path, sha, ours: [] })).toEqual({
      branch,
      sha,
      moved: true,
    });
    expect(refs()).toBe(`${before}\nrefs/heads/${branch} ${sha}`);
    expect(await repository.push({ remote: `file://${remote.path}`, sha, ours: [] })).toMatchObject({
      moved: false,
    });
  });

  it('moves it on from a commit of the mission, also back to an earlier one', async () => {
    const { sha: next } = await fixture.change(repository, sha, {
      trailers: { mission: MISSION, feature: 'F-002', attempt: 1, run: 'run-2', fence: 8 },
    });
    const ours = [sha, next];
    await repository.push({ remote: remote.path, sha: next, ours });
    await repository.push({ remote: remote.path, sha, ours });
    expect(remote.git('rev-parse', branch)).toBe(sha);
  });

  it('leaves a branch that somebody else has moved where it is', async () => {
    await repository.push({ remote: remote.path, sha, ours: [] });
    remote.git('checkout', '--quiet', branch);
    const foreign = remote.commit('a change of their own');
    remote.git('checkout', '--quiet', 'main');
    await expect(repository.push({ remote: remote.path, sha, ours: [sha] })).rejects.toMatchObject({
      code: 'BRANCH_MOVED',
      evidence: { actual: foreign },
    });
    expect(remote.git('rev-parse', branch)).toBe(foreign);
  });

  it('says what the other side said when it takes nothing', async () => {
    remote.git('config', 'receive.unpackLimit', '1');
    remote.git('config', 'transfer.hideRefs', 'refs/heads/missions');
    await expect(repository.push({ remote: remote.path, sha, ours: [] })).rejects.toMatchObject({
      code: 'PUSH_REFUSED',
    });
  });

  it('lets no secret out', async () => {
    const workspace = await fixture.worktree(repository, sha);
    workspace.write('key.txt', 'work\n');
    const careless = fixture.host('state', { scan: () => [{ line: 1, name: 'planted' }] });
    const scanning = await careless.open({ missionId: MISSION, baseSha: repository.baseSha });
    await expect(scanning.push({ remote: remote.path, sha, ours: [] })).rejects.toMatchObject({
      code: 'SECRET_FOUND',
    });
    expect(refs()).not.toContain(branch);
  });

  it.each(['http://forge.example/app.git', 'ext::sh -c true', 'git://forge.example/app.git'])(
    'goes over no open line such as %s',
    async (address) => {
      await expect(repository.push({ remote: address, sha, ours: [] })).rejects.toMatchObject({
        code: 'UNSUPPORTED_URL',
      });
    },
  );

  it('is refused where nobody is', async () => {
    const nowhere = join(fixture.root, 'nowhere');
    await expect(repository.push({ remote: nowhere, sha, ours: [] })).rejects.toMatchObject({
      code: 'REMOTE_UNREACHABLE',
    });
  });
});

describe('pushing over HTTP', () => {
  const credentials = { username: 'x-access-token', password: 't0ken-of-a-person' };
  let server: Server;
  let url: string;
  let seen: (string | undefined)[];

  beforeEach(async () => {
    seen = [];
    remote.git('config', 'http.receivepack', 'true');
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.authorization === undefined) response.writeHead(401).end();
      else if (request.url?.startsWith('/moved')) response.writeHead(302, { location: `${url}/x` }).end();
      else gitBackend(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Git's own server, behind what checks who may. */
  function gitBackend(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: fixture.root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        ...(request.headers['content-encoding'] && {
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        }),
        REMOTE_USER: 'ana',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.once('close', () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf('\r\n\r\n');
      const headers = all
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': '));
      const status = Number(headers.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
      response
        .writeHead(status, Object.fromEntries(headers) as Record<string, string>)
        .end(all.subarray(end + 4));
    });
  }

  it('sends the token as a header to that server', async () => {
    const request = { remote: `${url}/remote/.git`, sha, ours: [], credentials };
    expect(await repository.push(request)).toMatchObject({ moved: true });
    expect(remote.git('rev-parse', branch)).toBe(sha);
    const basic = `Basic ${Buffer.from('x-access-token:t0ken-of-a-person').toString('base64')}`;
    expect(new Set(seen)).toEqual(new Set([basic]));
  });

  it('is refused without one, and says nothing of it', async () => {
    const failure = await repository.push({ remote: `${url}/remote/.git`, sha, ours: [] }).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect(failure?.message).not.toContain('t0ken');
  });

  it('follows no redirect with it', async () => {
    await expect(
      repository.push({ remote: `${url}/moved/.git`, sha, ours: [], credentials }),
    ).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect(seen).toHaveLength(1);
  });
});

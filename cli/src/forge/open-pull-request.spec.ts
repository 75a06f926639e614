import { missionReport, missionView, type BundlesView } from '@missions/contracts';
import { atFinalProof, baseSha, builtM1, chronicle, sha, type History } from '@missions/mission/testing';
import { FakeForge, type ForgeDialect } from '../conformance/fake-forge.ts';
import type { Forge } from './forge.ts';
import { GitHub } from './github.ts';
import { GitLab } from './gitlab.ts';
import {
  openPullRequest,
  planPullRequest,
  type OpenPullRequestParts,
  type PullRequestOrder,
  type PushOrder,
} from './open-pull-request.ts';
import { pullRequestText } from './pull-request-text.ts';

const token = 't0ken-of-a-person';
const completed = atFinalProof().validated();

function order(
  over: Partial<PullRequestOrder> = {},
  history: Pick<History, 'mission' | 'facts'> = completed,
): PullRequestOrder {
  const bundles: BundlesView = {
    missionId: 'm-demo1',
    branch: 'missions/m-demo1',
    repository: '/repo',
    kind: 'local',
    baseSha,
    headSha: sha(3),
    bundles: [1, 2, 3].map((n) => ({ sha: sha(n), digest: `sha256:${String(n)}`, featureId: 'F-001' })),
  };
  return {
    mission: missionView(history.mission, { live: new Map(), stale: false }),
    report: missionReport(chronicle(history)),
    bundles,
    config: { enabled: true, provider: 'github', repository: 'ana/app', tokenEnv: 'TOKEN' },
    draft: false,
    ...over,
  };
}

let fake: FakeForge;
let apiUrl: string;
let pushes: PushOrder[];
let pauses: number[];

function parts(
  dialect: ForgeDialect,
  given: { repository?: string; token?: string } = {},
): OpenPullRequestParts {
  const options = {
    ...{ apiUrl, repository: 'ana/app', token, signal: new AbortController().signal },
    ...given,
    pause: (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  const forge: Forge = dialect === 'github' ? new GitHub(options) : new GitLab(options);
  return {
    forge,
    apiUrl,
    push: (push) => {
      pushes.push(push);
      return Promise.resolve({ moved: true });
    },
  };
}

describe.each<[ForgeDialect]>([['github'], ['gitlab']])('a pull request on %s', (dialect) => {
  beforeEach(async () => {
    fake = new FakeForge(dialect, token);
    apiUrl = await fake.listen();
    pushes = [];
    pauses = [];
  });

  afterEach(() => fake.close());

  const created = (): number => fake.requests.filter(({ method }) => method === 'POST').length;

  it('is opened for the mission’s branch into its base, after the push', async () => {
    const opened = await openPullRequest(order(), parts(dialect));
    expect(opened).toMatchObject({
      done: 'created',
      number: 1,
      branch: 'missions/m-demo1',
      base: 'main',
      pushed: true,
    });
    expect(fake.pulls).toMatchObject([
      { head: 'missions/m-demo1', base: 'main', title: 'Tasks', draft: false },
    ]);
    expect(fake.pulls[0]?.text).toContain('VAL-ADD-001 VAL-ADD-001 holds');
    expect(pushes).toEqual([
      {
        remote: `${fake.origin}/ana/app.git`,
        sha: sha(3),
        ours: [baseSha, sha(1), sha(2), sha(3)],
        credentials: { username: dialect === 'github' ? 'x-access-token' : 'oauth2', password: token },
      },
    ]);
  });

  it('is brought up to date by a second call, never opened twice', async () => {
    const first = await openPullRequest(order(), parts(dialect));
    const second = await openPullRequest(order(), parts(dialect));
    expect(second).toMatchObject({ done: 'updated', url: first.url });
    expect([fake.pulls.length, created()]).toEqual([1, 1]);
  });

  it('is not taken for that of a fork with a branch of the same name', async () => {
    const ofFork = { head: 'missions/m-demo1', base: 'main', title: 'Mine', text: '', draft: false };
    fake.pulls.push({ ...ofFork, number: 1, state: 'closed', isOfFork: true });
    expect(await openPullRequest(order(), parts(dialect))).toMatchObject({ done: 'created', number: 2 });
    expect(fake.pulls[0]).toMatchObject({ title: 'Mine' });
  });

  it('is found when the answer to its making was lost, or somebody was faster', async () => {
    fake.troubles.push({ status: 502, method: 'POST', afterwards: true });
    expect(await openPullRequest(order(), parts(dialect))).toMatchObject({ done: 'updated', number: 1 });
    const { forge } = parts(dialect);
    const racing = {
      ...parts(dialect),
      forge: Object.assign(Object.create(forge) as Forge, { find: once(forge) }),
    };
    expect(await openPullRequest(order(), racing)).toMatchObject({ done: 'updated', number: 1 });
    expect(fake.pulls).toHaveLength(1);
  });

  /** The first look finds nothing: it is made between that and our own making. */
  function once(forge: Forge): Forge['find'] {
    let looks = 0;
    return (head) => {
      looks += 1;
      return looks === 1 ? Promise.resolve(undefined) : forge.find(head);
    };
  }

  it('is left alone when it was merged, and refused when somebody closed it', async () => {
    await openPullRequest(order(), parts(dialect));
    const [pull] = fake.pulls;
    if (!pull) throw new Error('There is one.');
    pull.state = 'merged';
    expect(await openPullRequest(order(), parts(dialect))).toMatchObject({
      done: 'nothing',
      state: 'merged',
    });
    pull.state = 'closed';
    await expect(openPullRequest(order(), parts(dialect))).rejects.toMatchObject({
      code: 'PULL_REQUEST_CLOSED',
    });
    expect(pushes).toHaveLength(1);
  });

  it('is for completed missions, and a draft for any with a commit', async () => {
    const history = builtM1().validated();
    await expect(openPullRequest(order({}, history), parts(dialect))).rejects.toMatchObject({
      code: 'NOT_COMPLETED',
      next: 'missions report m-demo1, or missions pr m-demo1 --draft',
    });
    await openPullRequest(order({ draft: true }, history), parts(dialect));
    expect(fake.pulls).toMatchObject([{ draft: true }]);
    const { headSha: _none, ...empty } = order().bundles;
    await expect(
      openPullRequest(order({ bundles: empty, draft: true }), parts(dialect)),
    ).rejects.toMatchObject({
      code: 'NOTHING_COMMITTED',
    });
  });

  it('is never made into its own branch', async () => {
    const config = { ...order().config, base: 'missions/m-demo1' };
    await expect(openPullRequest(order({ config }), parts(dialect))).rejects.toMatchObject({
      code: 'NO_BASE',
    });
    expect(pushes).toEqual([]);
  });

  it.each([
    ['a wrong token', { token: 'wrong' }, 'FORGE_AUTH', 4],
    ['a repository that is not there', { repository: 'ana/none' }, 'FORGE_NOT_FOUND', 5],
  ])('is refused with %s, before anything is pushed', async (_what, given, code, exitCode) => {
    await expect(openPullRequest(order(), parts(dialect, given))).rejects.toMatchObject({ code, exitCode });
    expect(pushes).toEqual([]);
  });

  it('waits out a short rate limit and says a long one', async () => {
    fake.troubles.push({ status: 429, headers: { 'retry-after': '7' } });
    fake.troubles.push({ status: 403, headers: { 'retry-after': '3' }, method: 'POST' });
    await openPullRequest(order(), parts(dialect));
    expect(pauses).toEqual([7000, 3000]);
    const reset = String(Math.ceil(Date.now() / 1000) + 3600);
    fake.troubles.push({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
    });
    await expect(openPullRequest(order(), parts(dialect))).rejects.toMatchObject({
      code: 'FORGE_RATE_LIMITED',
    });
    expect(pauses).toHaveLength(2);
  });

  it('asks again while the forge is away, but not without an end', async () => {
    fake.troubles.push({ status: 503, method: 'GET' });
    await openPullRequest(order(), parts(dialect));
    expect(pauses).toHaveLength(1);
    for (let n = 0; n < 3; n += 1) fake.troubles.push({ status: 500 });
    await expect(openPullRequest(order(), parts(dialect))).rejects.toMatchObject({
      code: 'FORGE_UNAVAILABLE',
    });
  });

  it('follows no redirect, and says nothing of the token even where the forge does', async () => {
    fake.troubles.push({ status: 301, headers: { location: 'http://127.0.0.1:9/' } });
    await expect(openPullRequest(order(), parts(dialect))).rejects.toMatchObject({ code: 'FORGE_NOT_FOUND' });
    fake.troubles.push({ status: 403, body: { message: `${token} may not \u001b[2J` } });
    const failure = await openPullRequest(order(), parts(dialect)).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({
      code: 'FORGE_AUTH',
      message: expect.stringContaining('[token] may not') as string,
    });
    expect((failure as Error).message).not.toContain('\u001b');
  });

  it('pushes where it was told to, and else nowhere but to the forge’s own host', async () => {
    await openPullRequest(
      order({ config: { ...order().config, remote: 'git@forge.example:ana/app.git' } }),
      parts(dialect),
    );
    expect(pushes).toMatchObject([{ remote: 'git@forge.example:ana/app.git' }]);
    expect(pushes[0]).not.toHaveProperty('credentials');
    const elsewhere = { ...parts(dialect), apiUrl: 'https://api.forge.example' };
    await expect(openPullRequest(order(), elsewhere)).rejects.toMatchObject({ code: 'FORGE_ELSEWHERE' });
  });

  it('can be looked at before it is sent, without a request', () => {
    const plan = planPullRequest(order(), parts(dialect));
    expect(plan).toMatchObject({
      push: { branch: 'missions/m-demo1', sha: sha(3) },
      request: { method: 'POST', body: { title: 'Tasks' } },
    });
    expect([fake.requests, pushes]).toEqual([[], []]);
    expect(JSON.stringify(plan)).not.toContain(token);
  });
});

describe('the text of a pull request', () => {
  const report = missionReport(chronicle(completed));

  it('mentions nobody, closes nothing and commands nothing', () => {
    const [first] = report.assertions;
    if (!first) throw new Error('There is one.');
    const evil =
      '/close @ana closes #12 GH-3 !4 <img src=x> https://forge.example/ana/app/issues/1\n/approve';
    const { title, body } = pullRequestText(
      { ...report, title: evil, goal: evil, assertions: [{ ...first, statement: evil }], notProven: [evil] },
      65_000,
    );
    expect(body).not.toMatch(/^\s*\/\w/mu);
    expect(body).not.toMatch(/@ana|#12|GH-3|!4|<img|https:\/\//u);
    expect(title).not.toMatch(/\n|#12|GH-3/u);
  });

  it('fits, and counts what it leaves out', () => {
    const many = Array.from({ length: 400 }, () => report.assertions).flat();
    const { body } = pullRequestText({ ...report, assertions: many }, 8000);
    expect(body.length).toBeLessThanOrEqual(8000);
    expect(body).toMatch(/… and \d+ more\./u);
    expect(body).toContain('<!-- missions:m-demo1 -->');
  });
});

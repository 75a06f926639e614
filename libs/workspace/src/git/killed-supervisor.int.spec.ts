import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GitFixture } from '../conformance/git-fixture.ts';

const PROGRAM = fileURLToPath(new URL('../conformance/mission-steps.ts', import.meta.url));
const FEATURES = 12;
const KILLS = 10;

let fixture: GitFixture;
beforeEach(() => {
  fixture = new GitFixture();
});
afterEach(() => {
  fixture.dispose();
});

/** kill −9 of the supervisor and of whatever Git it is running, at random moments, and then it goes on. */
it('loses and doubles no commit when killed anywhere', async () => {
  fixture.person.write('a.txt', 'a\n'.repeat(1_000));
  const base = fixture.person.commit('first');
  const before = fixture.person.untouchable();
  const printed: string[] = [];
  let killed = 0;
  // It may end before its moment comes, the sooner the faster the machine is: then that was no kill.
  for (let attempt = 0; killed < KILLS && attempt < 4 * KILLS; attempt += 1) {
    const { started, ended, killAll } = start(base, printed);
    await started;
    const timer = setTimeout(killAll, Math.random() * 600);
    if ((await ended) === null) killed += 1;
    clearTimeout(timer);
    releaseBranch();
  }
  expect(killed).toBeGreaterThan(KILLS / 2);
  expect(await start(base, printed).ended).toBe(0);

  const repository = await fixture.open();
  const head = await repository.head();
  const history = await repository.history({ from: base, to: head ?? '' });
  expect(history.map(({ trailers }) => trailers?.feature).reverse()).toEqual(
    Array.from({ length: FEATURES }, (_, index) => `F-${index + 1}`),
  );
  expect(history.every(({ parentShas }) => parentShas.length === 1)).toBe(true);
  const accepted = new Map(history.map(({ sha, trailers }) => [trailers?.feature, sha]));
  for (const line of printed) expect(accepted.get(line.split(' ')[0])).toBe(line.split(' ')[1]);
  expect(fixture.person.git('rev-parse', 'missions/m-1')).toBe(head);
  expect(fixture.person.untouchable()).toBe(before);
  fixture.person.git('fsck', '--strict');
  execFileSync('git', ['--git-dir', repository.gitDir, 'fsck', '--strict'], { stdio: 'pipe' });
  expect(readdirSync(join(fixture.root, 'state/repositories')).filter((name) => name === 'm-1')).toHaveLength(
    1,
  );
}, 240_000);

function start(base: string, printed: string[]) {
  const flags = [
    '--experimental-transform-types',
    '--conditions=@missions/source',
    '--disable-warning=ExperimentalWarning',
  ];
  const place = [
    join(fixture.root, 'state'),
    fixture.person.path,
    base,
    String(FEATURES),
    join(fixture.root, 'work'),
  ];
  const child = spawn(process.execPath, [...flags, PROGRAM, ...place], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const started = new Promise((resolve) => {
    child.stdout.once('data', resolve);
    child.once('close', resolve);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      printed.push(...output.split('\n').slice(1, -1));
      resolve(code);
    });
  });
  return {
    started,
    ended,
    killAll: () => {
      killWithChildren(child);
    },
  };
}

function killWithChildren(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const task = `/proc/${child.pid}/task/${child.pid}/children`;
  const children = readFileSync(task, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  for (const pid of [child.pid, ...children]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
}

/** What a person does about a lock in their own repository, which is never removed for them. */
function releaseBranch(): void {
  rmSync(join(fixture.person.path, '.git/refs/heads/missions/m-1.lock'), { force: true });
}

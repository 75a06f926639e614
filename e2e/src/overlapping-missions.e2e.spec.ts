import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { PersonRepository } from '@missions/workspace/conformance';
import { overlapping } from './stage/overlapping.ts';
import { openStage, type Stage } from './stage/stage.ts';

const LIMIT_MS = 120_000;

type Integration = 'shared' | 'isolated';
type Pair = readonly [first: string, second: string];

describe('two missions of one repository whose features change the same file', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ replicas: { worker: 2, validator: 2 } });
  });
  afterAll(() => stage.close());

  it('with shared integration agree who goes first, and their branches merge and keep both contracts', async () => {
    const { api } = stage;
    const repository = repositoryOf('shared');
    const [first, second] = await playBoth(repository, 'shared');

    // The first held the whole repository and let go of all but the file that it had written.
    expect(await api.facts(first, 'LockNegotiationOpened')).toMatchObject([
      { side: 'holder', with: [second] },
    ]);
    expect(await api.facts(second, 'LockNegotiationOpened')).toMatchObject([
      { side: 'asker', with: [first] },
    ]);
    const [agreed] = await api.facts<{ agreed: string }>(second, 'LockNegotiationSettled');
    expect(agreed?.agreed).toContain(first);
    expect(await api.facts(first, 'LockNegotiationSettled')).toHaveLength(1);
    const grants = await api.facts<{ changedBy?: object[] }>(first, 'LockGranted');
    expect(grants.at(-1)?.changedBy).toMatchObject([{ missionId: second }]);
    expect(repository.git('rev-list', '--count', '--merges', `main..missions/${first}`)).toBe('1');

    const merged = mergeOf(repository, [first, second]);
    expect(merged.conflict).toBeUndefined();
    say('shared', `no conflict; agreed: ${agreed?.agreed ?? ''}`);
    for (const command of [...(await proofsOf(first)), ...(await proofsOf(second))]) {
      execFileSync('sh', ['-c', command], { cwd: merged.checkout });
      say('shared', `passes on both: ${command}`);
    }
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });

  it('ignoring grants, each by itself, end with branches that conflict', async () => {
    const repository = repositoryOf('isolated');
    const pair = await playBoth(repository, 'isolated');
    for (const id of pair) expect(await stage.api.facts(id, 'LockRequested')).toEqual([]);
    const { conflict } = mergeOf(repository, pair);
    expect(conflict).toContain('CONFLICT (content): Merge conflict in shared.md');
    say('isolated', conflict ?? '');
  });

  function repositoryOf(name: string): PersonRepository {
    const repository = stage.repository(name);
    repository.write('shared.md', '# What everybody writes in\n');
    repository.commit('Begin the shared file');
    return repository;
  }

  /** The first builds its first feature while the second does all of its work; then the first goes on. */
  async function playBoth(repository: PersonRepository, integration: Integration): Promise<Pair> {
    const { api, desk } = stage;
    let first = '';
    const scoping = desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const building = desk.hold(
      ({ header, turn }) => header.mission === first && header.feature === 'F-001' && turn === 1,
    );
    const order = { repository: repository.path, integration };
    first = await api.create({ goal: `The first, ${integration}`, ...order });
    desk.say(first, overlapping.first);
    const second = await api.create({ goal: `The second, ${integration}`, ...order });
    desk.say(second, overlapping.second);
    scoping.release();
    await api.approve(first);
    await building.arrived;
    await api.renewed(first);
    await api.approve(second);
    await api.until(second, ({ status }) => status === 'completed', LIMIT_MS);
    building.release();
    await api.until(first, ({ status }) => status === 'completed', LIMIT_MS);
    return [first, second];
  }

  async function proofsOf(id: string): Promise<readonly string[]> {
    const { assertions } = await stage.api.plan(id);
    return assertions.flatMap(({ definition }) => definition.proof.command ?? []);
  }
});

/** Both branches merged into the base, checked out; or what Git says of the conflict. */
function mergeOf(
  repository: PersonRepository,
  [first, second]: Pair,
): { readonly checkout: string; readonly conflict?: string } {
  const branches = [first, second].map((id) => `missions/${id}`);
  const checkout = join(repository.path, '..', `merged-${first}`);
  try {
    const tree = repository.git('merge-tree', '--write-tree', '--messages', ...branches).split('\n')[0] ?? '';
    const parents = branches.flatMap((branch) => ['-p', branch]);
    const commit = repository.git('commit-tree', tree, ...parents, '-m', 'Both');
    repository.git('worktree', 'add', '--quiet', '--detach', checkout, commit);
    return { checkout };
  } catch (error) {
    const { stdout } = error as { readonly stdout?: unknown };
    if (typeof stdout !== 'string' || !stdout.includes('CONFLICT')) throw error;
    const conflicts = stdout.split('\n').filter((line) => line.startsWith('CONFLICT'));
    return { checkout, conflict: conflicts.join('\n') };
  }
}

/** Also when all is well: what a test proves is shown here, not only that it passed. */
function say(integration: Integration, text: string): void {
  for (const line of text.split('\n')) process.stderr.write(`  ${integration}: ${line}\n`);
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PersonRepository } from '@missions/workspace/conformance';
import { openStage, type Stage } from './stage/stage.ts';

describe('a repository that is not as one would wish', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  async function completed(repository: PersonRepository, base?: string): Promise<string> {
    const { api } = stage;
    const id = await api.create({ goal: 'Write', repository: repository.path, ...(base && { base }) });
    await api.approve(id);
    await api.until(id, ({ status }) => status === 'completed');
    return id;
  }

  it('with changes nobody committed: they stay as they are and are no part of the mission', async () => {
    const repository = stage.repository('dirty');
    repository.write('README.md', 'Half a thought');
    repository.write('notes.txt', 'untracked');
    const before = repository.untouchable();
    const id = await completed(repository);
    expect(repository.untouchable()).toBe(before);
    expect(repository.git('show', `missions/${id}:README.md`)).toBe('A product to be built.');
    expect(await stage.violations()).toEqual([]);
  });

  it('without any commit: the mission starts from nothing', async () => {
    const repository = PersonRepository.create(join(stage.state, 'repositories', 'empty'));
    const id = await completed(repository);
    expect(repository.git('ls-tree', '--name-only', `missions/${id}`)).toBe('f-001.txt');
    expect(await stage.violations()).toEqual([]);
  });

  it('on a detached head: refused with what to say instead, and accepted with a branch', async () => {
    const repository = stage.repository('detached');
    repository.git('checkout', '--quiet', '--detach');
    await expect(stage.api.create({ goal: 'Write', repository: repository.path })).rejects.toMatchObject({
      code: 'DETACHED_HEAD',
    });
    await completed(repository, 'main');
    expect(await stage.violations()).toEqual([]);
  });

  it('that is not there, or is none: refused before anything is written', async () => {
    const plain = join(stage.state, 'repositories', 'plain');
    mkdirSync(plain, { recursive: true });
    const refusal = (path: string): Promise<unknown> =>
      stage.api.create({ goal: 'Write', repository: path }).catch((error: unknown) => error);
    expect(await refusal(join(stage.state, 'nowhere'))).toMatchObject({ code: 'REPOSITORY_NOT_FOUND' });
    expect(await refusal(plain)).toMatchObject({ code: 'NOT_A_REPOSITORY' });
    const known = await stage.cli('new', 'Write', '--repo', plain);
    expect(known.exitCode).not.toBe(0);
    expect(await stage.violations()).toEqual([]);
  });
});

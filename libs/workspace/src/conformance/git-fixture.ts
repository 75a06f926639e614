import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GitMissionRepositories, type MissionRepositoriesOptions } from '../git/index.ts';
import type { CommitRequest, MissionRepository } from '../mission-repository.ts';
import type { SecretScan } from '../secret-scan.ts';
import { PersonRepository } from './person-repository.ts';

export const AT = '2026-02-03T04:05:06.000Z';
export const MISSION = 'm-1';

/** Finds the one secret tests plant. */
export const scanForTestSecret: SecretScan = (_path, text) =>
  text
    .split('\n')
    .flatMap((line, index) =>
      line.includes('s3cr3t-value') ? [{ line: index + 1, name: 'test-secret' }] : [],
    );

/** A person's repository and a host's state directory below one temporary root. */
export class GitFixture {
  readonly root = mkdtempSync(join(tmpdir(), 'missions-git-'));
  readonly person = PersonRepository.create(join(this.root, 'person'));
  readonly repositories = this.host('state');
  private workspaces = 0;

  /** Another host: its own state directory, nothing shared but what is handed over. */
  host(name: string, options: Partial<MissionRepositoriesOptions> = {}): GitMissionRepositories {
    return new GitMissionRepositories({
      stateDir: join(this.root, name),
      scan: scanForTestSecret,
      ...options,
    });
  }

  /** Opens the mission on the person's present commit. */
  async open(options: Partial<MissionRepositoriesOptions> = {}): Promise<MissionRepository> {
    const repositories = this.host('state', options);
    const { baseSha } = await repositories.inspectRepository({ pathOrUrl: this.person.path });
    return repositories.open({ missionId: MISSION, source: this.person.path, baseSha });
  }

  async worktree(repository: MissionRepository, fromSha = repository.baseSha): Promise<Workspace> {
    this.workspaces += 1;
    const workspace = new Workspace(join(this.root, `workspace-${this.workspaces}`));
    await repository.prepareWorktree({ runId: 'run-1', fromSha, directory: workspace.path });
    return workspace;
  }

  /** One accepted-looking commit: a file changed on top of a parent. */
  async change(repository: MissionRepository, fromSha: string, overrides: Partial<CommitRequest> = {}) {
    const workspace = await this.worktree(repository, fromSha);
    workspace.write('work.txt', `work of attempt ${overrides.trailers?.attempt ?? 1} on ${fromSha}\n`);
    return repository.commit(commitOf(workspace, fromSha, overrides));
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The plain files an agent works on. */
export class Workspace {
  constructor(readonly path: string) {}

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), content);
  }

  has(path: string): boolean {
    return existsSync(join(this.path, path));
  }

  place(path: string): string {
    return join(this.path, path);
  }
}

export function commitOf(
  workspace: Workspace,
  parentSha: string,
  overrides: Partial<CommitRequest> = {},
): CommitRequest {
  return {
    runId: 'run-1',
    directory: workspace.path,
    parentSha,
    message: 'Add the feature',
    trailers: { mission: MISSION, feature: 'F-001', attempt: 1, run: 'run-1', fence: 7 },
    authoredAt: AT,
    ...overrides,
  };
}

export const trailers = (overrides: Partial<CommitRequest['trailers']> = {}): CommitRequest['trailers'] => ({
  mission: MISSION,
  feature: 'F-001',
  attempt: 1,
  run: 'run-1',
  fence: 7,
  ...overrides,
});

/**
 * A supervisor to be killed: commits one feature after another, each time from what it finds on disk.
 * Run as `node mission-steps.ts <stateDir> <personPath> <baseSha> <features> <workspace>`; prints `started` and every accepted commit.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitMissionRepositories } from '../git/index.ts';

const [stateDir = '', personPath = '', baseSha = '', features = '', directory = ''] = process.argv.slice(2);
const missionId = 'm-1';
const repositories = new GitMissionRepositories({ stateDir, scan: () => [] });

async function step(): Promise<boolean> {
  const repository = await repositories.open({ missionId, source: personPath, baseSha });
  const head = await repository.head();
  const parentSha = head ?? baseSha;
  const done = (await repository.history({ from: baseSha, to: parentSha })).length;
  if (head !== undefined) await publish(head);
  if (done >= Number(features)) return false;
  const feature = `F-${done + 1}`;
  const run = { runId: `run-${feature}`, directory, parentSha };
  await repository.prepareWorktree({ runId: run.runId, fromSha: parentSha, directory });
  for (let file = 0; file < 30; file += 1)
    writeFileSync(join(directory, `${feature}-${file}.txt`), feature.repeat(200));
  const at = '2026-02-03T04:05:06Z';
  await repository.checkpoint({ ...run, turn: 1, at });
  const { sha } = await repository.commit({
    ...run,
    message: `Add ${feature}`,
    authoredAt: at,
    trailers: { mission: missionId, feature, attempt: 1, run: run.runId, fence: done + 1 },
  });
  await repository.moveHead({ to: sha, expected: head, token: done + 1 });
  process.stdout.write(`${feature} ${sha}\n`);
  return true;

  async function publish(sha: string): Promise<void> {
    const expected = published();
    await repository.publishToSource({ sourcePath: personPath, sha, expected, token: done });
  }
}

function published(): string | undefined {
  const args = [
    '--git-dir',
    join(personPath, '.git'),
    'for-each-ref',
    '--format=%(objectname)',
    'refs/heads/missions',
  ];
  return execFileSync('git', args, { encoding: 'utf8' }).trim() || undefined;
}

process.stdout.write('started\n');
while (await step());

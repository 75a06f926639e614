import { approved, sha } from '@missions/mission/testing';
import type { MissionRepository } from '@missions/workspace';
import type { Change } from '../rules/index.ts';
import { ownFiles } from './own-files.ts';

const file = (path: string): Change['files'][number] =>
  ({ path, status: 'modified', added: [], removed: [] }) as never;
const change: Change = { from: sha(90), to: sha(1), files: [file('ours.ts'), file('theirs.ts')] };
const merged = sha(80);
const signal = new AbortController().signal;

/** What the mission's own run did on top of the merge. */
const repository: Pick<MissionRepository, 'diff'> = {
  diff: ({ from, to }) =>
    Promise.resolve({
      files: from === merged && to === sha(1) ? [{ ...file('ours.ts'), additions: 1, deletions: 0 }] : [],
      patch: '',
      truncated: false,
    }),
};

it('leaves out what was merged from other missions', async () => {
  const integrated = { sha: merged, changes: [{ missionId: 'm-other1', sha: sha(70) }] };
  const { mission } = approved().built({ captured: { integrated } });
  const { files } = await ownFiles(change, mission, { repository, signal });
  expect(files.map(({ path }) => path)).toEqual(['ours.ts']);
});

it('is everything where nothing was merged', async () =>
  expect(await ownFiles(change, approved().built().mission, { repository, signal })).toBe(change));

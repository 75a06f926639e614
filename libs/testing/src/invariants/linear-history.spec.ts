import { evolve, initialMission, type Mission, type MissionEvent } from '@missions/mission';
import { approved, baseSha, sha } from '@missions/mission/testing';
import type { BranchCommit, Evidence, LoggedEvent } from './evidence.ts';
import { linearHistory } from './linear-history.ts';

const other = { missionId: 'm-other1', sha: sha(77) };
const merge: BranchCommit = {
  sha: sha(50),
  parents: [baseSha, other.sha],
  trailers: { Mission: 'm-demo1', Integrates: `${other.missionId} ${other.sha}` },
};
const built = approved().built({ captured: { integrated: { sha: merge.sha, changes: [other] } } });
const { headSha, token } = built.last('HandoffAccepted');
const work: BranchCommit = {
  sha: headSha,
  parents: [merge.sha],
  trailers: { Mission: 'm-demo1', Feature: 'F-001', Attempt: '1', Fence: String(token) },
};

function problems(...commits: readonly BranchCommit[]): readonly string[] {
  const states = built.facts.reduce<readonly Mission[]>(
    (all, event: MissionEvent) => [...all, evolve(all.at(-1) ?? initialMission, event)],
    [initialMission],
  );
  const events = built.facts as unknown as readonly LoggedEvent[];
  const logged = { id: built.mission.id, events, states, now: built.mission };
  const branch = { missionId: logged.id, head: commits.at(-1)?.sha, commits, patch: '' };
  return linearHistory({ missions: [logged], branches: [branch] } as unknown as Evidence);
}

describe('the history of a mission that shares its work', () => {
  it('may hold the supervisor’s merges of what others did', () => expect(problems(merge, work)).toEqual([]));

  it('holds no merge of somebody else', () => {
    const [foreign] = problems({ ...merge, trailers: { Mission: 'm-demo1' } }, work);
    expect(foreign).toContain('is a merge of somebody else');
    expect(problems({ ...merge, parents: [baseSha, sha(78)] }, work)).toHaveLength(1);
  });

  it('goes from each commit to the next', () =>
    expect(problems(merge, { ...work, parents: [baseSha] })[0]).toContain('does not follow'));

  it('holds no commit that was not accepted', () =>
    expect(problems({ ...work, sha: sha(9), parents: [baseSha] })[0]).toContain('never accepted'));
});

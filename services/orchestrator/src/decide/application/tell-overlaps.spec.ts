import type { MissionCommandRequest } from '@missions/contracts';
import type { EventEnvelope } from '@missions/kernel';
import { handle, type Mission, type MissionCommand } from '@missions/mission';
import { approved, smallProposal, type Creation, type History } from '@missions/mission/testing';
import { TellOverlaps } from './tell-overlaps.ts';

const a = 'm-aaaa1';
const b = 'm-bbbb2';

/** Its first feature was accepted with these files. */
function built(missionId: string, filesChanged: readonly string[], over: Creation = {}): History {
  return approved({ missionId, ...over }, smallProposal()).built({
    captured: { filesChanged: [...filesChanged] },
  });
}

const accepted = (missionId: string): EventEnvelope =>
  ({
    stream: `mission-${missionId}`,
    type: 'HandoffAccepted',
    data: { runId: `${missionId}-r4`, featureId: 'F-001', headSha: '1'.repeat(40), token: 3 },
  }) as never;

/** Missions in memory that obey what they are told. */
function bench(...histories: readonly History[]) {
  const missions = new Map<string, Mission>(histories.map(({ mission }) => [mission.id, mission]));
  const told: string[] = [];
  const tell = new TellOverlaps({
    mission: (id) => Promise.resolve(missions.get(id) as Mission),
    atWork: () => Promise.resolve([...missions.keys()]),
    command: ({ missionId, command, actor }: MissionCommandRequest) => {
      told.push(missionId);
      const at = '2026-03-01T10:00:00.000Z';
      const { mission } = handle(command as MissionCommand, missions.get(missionId) as Mission, {
        actor,
        at,
      });
      missions.set(missionId, mission);
      return Promise.resolve();
    },
  });
  const broadcasts = (id: string) => missions.get(id)?.broadcasts.map(({ broadcast }) => broadcast) ?? [];
  return { tell, told, broadcasts };
}

describe('isolated missions of one branch', () => {
  it('are both told, once, that they changed the same files', async () => {
    const { tell, broadcasts } = bench(built(a, ['src/x.ts', 'a.md']), built(b, ['src/x.ts', 'b.md']));
    await tell.follow(accepted(b));
    await tell.follow(accepted(b));
    await tell.follow(accepted(a));
    expect(broadcasts(a)).toHaveLength(1);
    expect(broadcasts(b)).toHaveLength(1);
    expect(broadcasts(a)[0]).toMatchObject({
      kind: 'environment_change',
      title: `F-001 and F-001 of ${b} changed the same files`,
      priority: 'important',
    });
    expect(broadcasts(a)[0]?.body).toMatch(/- src\/x\.ts$/);
  });

  it('hear nothing while they change different files, or work on different branches', async () => {
    const repository = { url: '/repo', kind: 'local', baseBranch: 'next', baseSha: 'b'.repeat(40) } as const;
    const { tell, told } = bench(
      built(a, ['src/x.ts']),
      built(b, ['src/y.ts']),
      built('m-cccc3', ['src/x.ts'], { repository }),
    );
    await tell.follow(accepted(a));
    expect(told).toEqual([]);
  });
});

describe('missions that share their files', () => {
  const shared = { integration: 'shared' } as const;

  it('hear nothing of each other: they wait for each other', async () => {
    const { tell, told } = bench(built(a, ['src/x.ts'], shared), built(b, ['src/x.ts'], shared));
    await tell.follow(accepted(a));
    expect(told).toEqual([]);
  });

  it('hear of one that does not wait for them', async () => {
    const { tell, told } = bench(built(a, ['src/x.ts'], shared), built(b, ['src/x.ts']));
    await tell.follow(accepted(a));
    expect(told).toEqual([a, b]);
  });
});

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

const accepted = (missionId: string, featureId = 'F-001'): EventEnvelope =>
  ({
    stream: `mission-${missionId}`,
    type: 'HandoffAccepted',
    data: { runId: `${missionId}-r-${featureId}`, featureId, headSha: '1'.repeat(40), token: 3 },
  }) as never;

const idsOfMany = Array.from({ length: 25 }, (_, index) => `F-${String(index + 1).padStart(3, '0')}`);

/** Each of its features was accepted with the same files. */
function builtMany(missionId: string, filesChanged: readonly string[]): Mission {
  const { mission } = built(missionId, filesChanged);
  const one = mission.features['F-001'];
  if (!one) throw new Error('There is no F-001.');
  const features = idsOfMany.map((id) => [id, { ...one, definition: { ...one.definition, id } }] as const);
  return { ...mission, features: Object.fromEntries(features) };
}

/** Missions in memory that obey what they are told. */
function bench(...built: readonly (History | Mission)[]) {
  const missions = new Map<string, Mission>();
  for (const one of built) {
    const mission = 'mission' in one ? one.mission : one;
    missions.set(mission.id, mission);
  }
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
  return { tell, told, broadcasts, missions };
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
      title: `This mission and ${b} changed the same files`,
      priority: 'important',
    });
    expect(broadcasts(a)[0]?.body).toMatch(/- src\/x\.ts$/);
  });

  it('are told once of a file that every feature of both changed, and once more of a new one', async () => {
    const { tell, broadcasts, missions } = bench(
      builtMany(a, ['package.json']),
      builtMany(b, ['package.json']),
    );
    for (const id of idsOfMany) {
      await tell.follow(accepted(a, id));
      await tell.follow(accepted(b, id));
    }
    expect([broadcasts(a), broadcasts(b)].map(({ length }) => length)).toEqual([1, 1]);
    missions.set(a, {
      ...builtMany(a, ['package.json', 'x.ts']),
      broadcasts: missions.get(a)?.broadcasts ?? [],
    });
    missions.set(b, { ...builtMany(b, ['x.ts']), broadcasts: missions.get(b)?.broadcasts ?? [] });
    for (const id of idsOfMany) await tell.follow(accepted(b, id));
    for (const id of [a, b]) {
      expect(broadcasts(id)).toHaveLength(2);
      expect(broadcasts(id)[1]).toMatchObject({ supersedes: 1 });
      expect(broadcasts(id)[1]?.body).toMatch(/- package\.json\n- x\.ts$/);
    }
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

import { deciderSpec } from '@missions/testing/given-when-then';
import { evolve } from './evolve/index.ts';
import { fact } from './events/index.ts';
import { claimedResources, faultOfTouches } from './claimed-resources.ts';
import { branchResource, pathResource, repositorySegment } from './resource-names.ts';
import { featureSchema, type FeatureDefinition } from './plan.ts';
import { initialMission } from './initial-mission.ts';
import { handedOff } from './testing/conclusions.ts';
import { History, missionDecider } from './testing/history.ts';
import {
  at,
  baseSha,
  by,
  command,
  creation,
  decideService,
  sha,
  smallProposal,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const repository = { url: '/home/ana/tasks', kind: 'local', baseBranch: 'main', baseSha } as const;
const branch = branchResource(repository);
const shared = { integration: 'shared', repository, features: {} } as const;
const isolated = { ...shared, integration: 'isolated' } as const;

function touching(...touches: readonly string[]): FeatureDefinition {
  return featureSchema.parse({ id: 'F-001', milestoneId: 'M1', title: 'One', touches });
}

describe('the name of a repository', () => {
  it('is the same for the same address, however it is written', () => {
    expect(repositorySegment('https://git.example/team/tasks.git')).toBe(
      repositorySegment('https://ana:s3cret@git.example/team/tasks/'),
    );
    expect(repositorySegment('https://git.example/team/tasks')).toMatch(/^tasks-[0-9a-f]{12}$/);
  });

  it('tells repositories of one name apart', () =>
    expect(repositorySegment('/home/ana/tasks')).not.toBe(repositorySegment('/home/bob/tasks')));
});

describe('what a feature claims', () => {
  it('is no file while its mission is isolated', () =>
    expect(claimedResources(isolated, touching('src/api/**', 'port:/local/8080'))).toEqual([
      'port:/local/8080',
    ]));

  it('is what it touches, up to the first wildcard', () =>
    expect(
      claimedResources(shared, touching('./src/api/**', 'src/cli.ts', 'docs/*.md', 'src/api/*.ts')),
    ).toEqual([`${branch}/src/api`, `${branch}/src/cli.ts`, `${branch}/docs`]));

  it('is the whole branch where it names no file, or begins with a wildcard', () => {
    expect(claimedResources(shared, touching())).toEqual([branch]);
    expect(claimedResources(shared, touching('**/*.ts'))).toEqual([branch]);
  });

  it('of a fix that names nothing is what the feature claims that it mends', () => {
    const features = { 'F-001': { definition: touching('src/api/**') } } as never;
    const fix = { ...touching(), id: 'F-002', kind: 'fix', rootFeatureId: 'F-001' } as const;
    expect(claimedResources({ ...shared, features }, fix)).toEqual([`${branch}/src/api`]);
  });

  it('writes what a name cannot hold so that no two become one', () => {
    expect(pathResource(repository, 'app/[id]/page.tsx')).toBe(`${branch}/app/%5Bid%5D/page.tsx`);
    expect(pathResource(repository, 'app/%5Bid%5D/page.tsx')).toBe(`${branch}/app/%255Bid%255D/page.tsx`);
    expect(claimedResources(shared, touching('../up'))).toEqual([`${branch}/%2E%2E/up`]);
  });

  it('lies in one scope, and in its own repository', () => {
    expect(faultOfTouches(shared, touching('src/**'))).toBeUndefined();
    expect(faultOfTouches(isolated, touching('src/**', 'port:/local/80'))).toBeUndefined();
    expect(faultOfTouches(shared, touching('src/**', 'port:/local/80'))).toContain('one claim cannot hold');
    expect(faultOfTouches(isolated, touching('env:/staging', 'port:/local/80'))).toBeUndefined();
    expect(faultOfTouches(isolated, touching('env:/staging', 'port:/other/80'))).toContain(
      'one claim cannot hold',
    );
    expect(faultOfTouches(shared, touching('path:/other/main/src'))).toContain('not of this mission');
  });

  it.each([
    'port:/local',
    'port:/local/http',
    'prot:/local/8080',
    'pool:/local',
    `port:/${'k'.repeat(200)}/1`,
  ])('is refused where no claim can name it: %s', (name) => {
    expect(faultOfTouches(isolated, touching('src/**', name))).toContain('what no claim can name');
  });

  it('may be an environment of no host', () => {
    expect(faultOfTouches(isolated, touching('env:/staging'))).toBeUndefined();
  });
});

describe('a mission that shares its work', () => {
  const created = History.empty.after(creation({ integration: 'shared', priority: 3, stance: 'yielding' }));
  const plan = created.concluded({ kind: 'asked', questions: [] });
  const building = (touches: string[]) =>
    plan.concluded(smallProposal({ touches })).done().decided('approved');

  it('knows how it shares, and is isolated where nothing was said', () => {
    expect(created.mission).toMatchObject({ integration: 'shared', priority: 3, stance: 'yielding' });
    const { integration: _i, stance: _s, priority: _p, ...old } = created.last('MissionCreated');
    expect(evolve(initialMission, fact('MissionCreated', old))).toMatchObject({
      integration: 'isolated',
      priority: 0,
      stance: 'neutral',
    });
  });

  it('refuses a plan whose claims nobody could grant', () => {
    const proposed = smallProposal({ touches: ['src/**', 'port:/local/80'] });
    const held = plan.claimed();
    given(...held.facts)
      .when(held.conclusion(proposed), by(decideService))
      .thenRefuses('PROPOSAL_INVALID');
  });

  it('claims what a feature touches before it builds it, and starts from what others changed of it', () => {
    const waiting = building(['src/**']);
    const [own] = waiting.run.lock?.resources ?? [];
    expect(own).toMatch(/^path:\/repo-[0-9a-f]{12}\/main\/src$/);
    const changedBy = [{ missionId: 'm-other1', sha: sha(9) }];
    const claimId = waiting.run.lock?.claimId ?? '';
    const granted = waiting.after(
      command('RecordLockGrant', { claimId, ledger: 'resources-r', version: 4, changedBy }),
    );
    expect(granted.last('LockGranted')).toMatchObject({ changedBy });
    expect(granted.run.lock).toMatchObject({ granted: true, changedBy });
  });

  it('tells with the release what its accepted work led to', () => {
    const built = building(['src/**']).built();
    expect(built.last('LockReleased')).toMatchObject({
      change: { sha: built.last('HandoffAccepted').headSha },
    });
  });

  it('tells nothing of work that was not accepted', () => {
    const partial = building(['src/**']).built({ claim: { outcome: 'partial' } });
    expect(partial.last('LockReleased')).not.toHaveProperty('change');
  });

  it('claims with the next run what others changed after this one began', () => {
    const held = building(['src/**']).claimed();
    const { id, token } = held.run;
    const [src = ''] = held.run.lock?.resources ?? [];
    const resource = src.replace(/src$/, 'docs');
    const claimId = `${id}/ask-1`;
    const ask = { runId: id, token, claimId, resource, mode: 'X', reason: 'It has to be told.' } as const;
    const changedBy = [{ missionId: 'm-other1', sha: sha(9) }];
    const refused = held
      .after(command('AskForResource', ask))
      .after(command('RecordLockGrant', { claimId, ledger: 'resources-r', version: 4, changedBy }));
    expect(refused.last('LockAskRefused').detail).toContain('Hand off as `partial`');
    const next = refused.built({ claim: { outcome: 'partial' } });
    expect(next.run.lock?.resources).toEqual([src, resource]);
  });

  it('takes no work on files whose lease it has lost', () => {
    const held = building(['src/**']).claimed();
    const claimId = held.run.lock?.claimId ?? '';
    const lost = held.after(command('RecordLockLoss', { claimId }));
    given(...lost.facts)
      .when(lost.conclusion(handedOff(lost.mission, {})), by(decideService))
      .thenRefuses('LOCK_LOST');
  });

  it('takes none either where the run had been told to stop before', () => {
    const held = building(['src/**']).claimed();
    const { id: runId, token, lock } = held.run;
    const lost = held
      .after(command('RecordStall', { runId, token, sinceAt: at, limitMs: 60_000 }))
      .after(command('StopStalledRun', { runId, token }))
      .after(command('RecordLockLoss', { claimId: lock?.claimId ?? '' }));
    expect(lost.run.stopOrdered).toBe('stall');
    given(...lost.facts)
      .when(lost.conclusion(handedOff(lost.mission, {})), by(decideService))
      .thenRefuses('LOCK_LOST');
  });
});

import { killPointsInCode } from './kill-points.ts';

describe('the kill points in the code', () => {
  const points = killPointsInCode();

  it('are found for every service that has effects to lose', () => {
    const services = new Set(points.map(({ service }) => service));
    expect([...services].sort((left, right) => left.localeCompare(right))).toEqual([
      'orchestrator-agents',
      'orchestrator-decide',
      'resource-lock',
      'validator',
      'worker',
    ]);
  });

  it('cover every step of every command and every task', () => {
    const names = points.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'decide.CreateMission.decided',
        'decide.ConcludeRun.appended',
        'run.scope.before-call',
        'run.build.results-recorded',
        'run.baseline.conclude',
        'resource-lock.before-append',
      ]),
    );
    expect(names).not.toContain('run.baseline.before-call');
    expect(new Set(names).size).toBe(names.length);
  });
});

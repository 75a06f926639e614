import { exitCodeOfMission, exitCodeOfStatus, exitCodes } from './exit-codes.ts';

describe('the exit codes', () => {
  it('are fixed', () => {
    expect(exitCodes).toEqual({
      ok: 0,
      error: 1,
      usage: 2,
      config: 3,
      auth: 4,
      notFound: 5,
      conflict: 6,
      missionOver: 10,
      needsYou: 11,
      budget: 12,
      timedOut: 124,
      interrupted: 130,
    });
  });

  it.each([
    [400, 1],
    [401, 4],
    [403, 4],
    [404, 5],
    [409, 6],
    [412, 6],
    [422, 1],
    [500, 1],
    [503, 1],
  ])('of an answer with status %i is %i', (status, exitCode) => {
    expect(exitCodeOfStatus(status)).toBe(exitCode);
  });

  it.each([
    ['scoping', undefined, undefined, undefined],
    ['scoping', 'question', undefined, 11],
    ['awaiting_approval', 'approval', undefined, 11],
    ['running', undefined, undefined, undefined],
    ['paused', 'paused', undefined, 11],
    ['blocked', 'blocked', 'fix_limit', 11],
    ['blocked', 'blocked', 'budget', 12],
    ['completed', undefined, undefined, 0],
    ['failed', undefined, undefined, 10],
    ['cancelled', undefined, undefined, 10],
  ] as const)('of a mission that is %s (%s, %s) is %s', (status, needsYou, cause, exitCode) => {
    const block = cause === undefined ? undefined : { cause, detail: '', needs: '' };
    expect(exitCodeOfMission({ status, needsYou, block })).toBe(exitCode);
  });
});

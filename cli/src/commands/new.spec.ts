import { createMissionBodySchema } from '@missions/contracts';
import { created } from '@missions/mission/testing';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions, type Ran } from '../conformance/run-missions.ts';

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  const sharing = created({ integration: 'shared', stance: 'yielding', priority: -3 });
  fake = new FakeMissionControl(
    new Map([
      ['m-share', sharing],
      ['m-alone', created()],
    ]),
  );
  api = await fake.listen();
});

afterAll(() => fake.close());

function missions(...argv: readonly string[]): Promise<Ran> {
  return runMissions(argv, { env: { MISSIONS_API: api, MISSIONS_TOKEN: 'token' } });
}

const start = ['new', 'a goal', '--repo', '.'] as const;

describe('a mission that shares its repository', () => {
  it('is ordered with how it shares', async () => {
    const ran = await missions(
      ...start,
      '--integration',
      'shared',
      '--stance',
      'yielding',
      '--priority',
      '-3',
    );
    expect(ran.exitCode).toBe(0);
    expect(createMissionBodySchema.parse(fake.commands.at(-1)?.body)).toMatchObject({
      integration: 'shared',
      stance: 'yielding',
      priority: -3,
    });
  });

  it('leaves to the configuration what is not said', async () => {
    await missions(...start);
    expect(fake.commands.at(-1)?.body).not.toHaveProperty('integration');
    expect(fake.commands.at(-1)?.body).not.toHaveProperty('priority');
  });

  it.each([
    ['--integration', 'sometimes'],
    ['--stance', 'angry'],
    ['--priority', '11'],
    ['--priority', 'high'],
  ])('is not ordered with %s %s', async (option, value) => {
    expect((await missions(...start, option, value)).exitCode).toBe(2);
  });

  it('is shown with it; one that works by itself is not', async () => {
    const ran = await missions('show', 'm-share');
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toContain('shares its files, yielding, priority -3');
    expect((await missions('show', 'm-alone')).stdout).not.toMatch(/shares|priority/);
  });
});

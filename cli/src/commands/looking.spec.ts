import { builtM1, command } from '@missions/mission/testing';
import { FakeMissionControl } from '../conformance/fake-mission-control.ts';
import { runMissions } from '../conformance/run-missions.ts';

const testing = builtM1().done();
const waits = command('RecordLockWait', {
  claimId: testing.run.lock?.claimId ?? '',
  resource: 'port:/local/8080',
  holder: 'm-other1 m-other1-r4',
  position: 2,
});
const waiting = testing.after(waits);

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  fake = new FakeMissionControl(new Map([['m-waits', waiting]]));
  api = await fake.listen();
});

afterAll(() => fake.close());

describe('missions show', () => {
  it('says what a mission waits for, who has it, its place in the queue, and for how long', async () => {
    const { stdout, exitCode } = await runMissions(['show', 'm-waits'], { env: { MISSIONS_API: api } });
    expect(exitCode).toBe(0);
    const wait = 'waits for port:/local/8080 held by m-other1 m-other1-r4, place 2 in the queue';
    expect(stdout).toContain(`user_testing ${wait}. → missions locks --mission ${waiting.mission.id}`);
    expect(stdout).toMatch(new RegExp(`now .* ${wait} for \\S+`));
  });
});

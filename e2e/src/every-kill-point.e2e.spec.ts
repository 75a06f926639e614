import { killPointsInCode, type NamedKillPoint } from './stage/kill-points.ts';
import { repeatedCalls } from './stage/repeated-calls.ts';
import * as scenarios from './stage/scenarios.ts';
import { openStage, type Stage } from './stage/stage.ts';

/** Set by `npm run test:kills`; without it a few points of every service stand for all. */
const full = process.env['MISSIONS_KILLS'] === 'full';

const few: readonly string[] = [
  'decide.CreateMission.committed',
  'decide.ClaimRun.appended',
  'decide.ConcludeRun.committed',
  'run.plan.after-call',
  'run.build.turn-recorded',
  'run.build.before-results',
  'run.build.committed',
  'run.build.concluded',
  'run.validate.conclude',
  'resource-lock.after-append',
];

/** Points that no mission of this suite passes, each with why. */
const unreached: readonly RegExp[] = [
  // A claim that waits for what another mission has: told in two-missions-at-once, waits-for-a-port,
  // claims-ahead and lets-through-who-comes-first.
  /^decide\.(RecordLockWait|RecordLockOverdue|YieldAhead|StepBack)\./,
  // Missions that talk about what they share: told in overlapping-missions.
  /^decide\.(RecordNegotiation\w+|RecordLockNarrowed|OrderHandOver|RecordOverlap)\./,
  // An agent that asks for more than its feature was planned to touch: told in services/orchestrator.
  /^decide\.(AskForResource|ChooseOffer|RecordLockOffer|RecordAskRefused|RecordAskExchanged)\./,
  // Only when the resource-lock service refuses a claim for good.
  /^decide\.BlockMission\./,
  // Only for amendments and waivers that triage asks for.
  /^decide\.DecideApproval\./,
  // Only when a holder renews its lease and does not heed its stop; when a lease of the resource-lock service is lost.
  /^decide\.(FailStalledRun|RecordLockLoss)\./,
  // A conversation near the end of the window, and a stream that breaks off: killed at both in libs/agent, again and again.
  /^run\.\w+\.(compacted|call-lost)$/,
];

/** Commands that only a stage with little patience sees. */
const watched: Readonly<Record<string, scenarios.Scenario>> = {
  RecordStall: scenarios.stalled,
  RecordRecovery: scenarios.stalled,
  StopStalledRun: scenarios.stalled,
  RecordUnclaimed: scenarios.unclaimed,
};

const points = killPointsInCode().filter(({ name }) => !unreached.some((pattern) => pattern.test(name)));
const chosen = full ? points : points.filter(({ name }) => few.includes(name));

function scenarioOf({ name, command }: NamedKillPoint): scenarios.Scenario {
  if (name.startsWith('run.converse.')) return scenarios.talked;
  switch (command) {
    case 'CancelMission':
      return scenarios.cancelled;
    case 'WaiveAssertion':
      return scenarios.waived;
    case 'RetryFeature':
      return scenarios.retried;
    case 'SkipFeature':
      return scenarios.skipped;
    case 'ReleaseRun':
      return scenarios.taken;
    case 'CheckWallClock':
      return scenarios.outOfTime;
    default:
      return full ? scenarios.everything : scenarios.plain;
  }
}

it('the few points that stand for all are still in the code', () => {
  expect(few.filter((name) => !points.some((point) => point.name === name))).toEqual([]);
});

/** The service dies at the point while the scenario is played, once, and nothing shows of it. */
async function dieAt(stage: Stage, point: NamedKillPoint, scenario: scenarios.Scenario): Promise<void> {
  const { api, desk, stack } = stage;
  const service = stack.service(point.service);
  await service.stop();
  service.start({ killAt: point.name });
  await service.ready();
  const before = desk.calls.length;
  const id = await scenario(stage, point.name);

  expect(service.restarts()).toBe(1);
  const { status } = await api.mission(id);
  expect(['completed', 'cancelled']).toContain(status);
  expect(await stage.violations()).toEqual([]);
  const { ofRecordedTurns, reissued } = await repeatedCalls(stage, { after: before });
  expect(ofRecordedTurns).toEqual([]);
  // One for the death; the scenario of a taken-over run brings a death of its own.
  expect(reissued).toBeLessThanOrEqual(point.command === 'ReleaseRun' ? 2 : 1);
}

describe('a service that dies by kill -9', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it.each(chosen.filter(({ command = '' }) => !Object.hasOwn(watched, command)))(
    'at $name leaves a mission that goes on as if nothing had happened',
    (point) => dieAt(stage, point, scenarioOf(point)),
  );
});

const watching = points.filter(({ command = '' }) => Object.hasOwn(watched, command));

describe('the owner of missions that dies while it looks after runs', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      settings: { 'limits.runStallMin': 10 / 60, 'limits.runUnclaimedMin': 3 / 60 },
    });
  });
  afterAll(() => stage.close());

  it.each(full ? watching : watching.filter(({ name }) => name === 'decide.RecordStall.committed'))(
    'at $name leaves a mission that goes on as if nothing had happened',
    (point) => dieAt(stage, point, watched[point.command ?? ''] ?? scenarioOf(point)),
  );
});

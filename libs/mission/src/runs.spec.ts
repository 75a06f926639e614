import { deciderSpec } from '@missions/testing/given-when-then';
import type { Conclusion } from './commands/index.ts';
import { fact } from './events/index.ts';
import { browserPool } from './host-resources.ts';
import { claimableRun } from './queries.ts';
import { asked, baselined, handedOff, replied, settled } from './testing/conclusions.ts';
import {
  all,
  approved,
  awaitingApproval,
  builtM1,
  created,
  missionDecider,
  typesOf,
  type History,
} from './testing/history.ts';
import {
  ana,
  at,
  by,
  command,
  decideService,
  digest,
  feature,
  proposal,
  proposalInput,
  sha,
  smallProposal,
  spent,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const pause = command('PauseMission', {});
const resume = command('ResumeMission', {});
const checkpoint = { sha: sha(77), bundle: digest(), turn: 4 };

describe('claiming a run', () => {
  const open = approved();

  it('is one fact, whose version is the token', () => {
    on(open)
      .when(open.claimCommand, by(decideService))
      .then(fact('RunClaimed', { runId: open.run.id, holder: 'host-1', at }));
    expect(open.claimed().run).toMatchObject({ status: 'running', token: open.mission.version + 1 });
  });

  it('is refused while somebody holds it', () => {
    on(open.claimed()).when(open.claimCommand, by(decideService)).thenRefuses('RUN_NOT_CLAIMABLE');
  });

  it('is refused for a run that has ended, and for one that does not exist', () => {
    const old = command('ClaimRun', { runId: 'm-demo1-r1', holder: 'h' });
    on(open).when(old, by(decideService)).thenRefuses('RUN_NOT_CLAIMABLE');
    const unknown = command('ClaimRun', { runId: 'm-demo1-r99', holder: 'h' });
    on(open).when(unknown, by(decideService)).thenRefuses('UNKNOWN_RUN');
  });

  it('after a release is the same attempt under a higher token', () => {
    const first = open.claimed();
    const second = first.released().claimed();
    expect(second.run).toMatchObject({ id: first.run.id, attempt: 1, claims: 2, releases: 1 });
    expect(second.run.token).toBeGreaterThan(first.run.token);
  });
});

describe('a holder with an old token', () => {
  const first = approved().claimed();
  const old = { runId: first.run.id, token: first.run.token };
  const taken = first.released().claimed();
  const asks = [
    first.conclusion(handedOff(first.mission)),
    first.releaseCommand(),
    command('SuspendRun', old),
    command('RequestSlice', { ...old, usd: 1 }),
    command('DeliverMessages', { ...old, messageIds: ['a'], turn: 1 }),
    command('PublishBroadcast', { ...old, broadcast: { kind: 'decision', title: 'x', body: 'y' } }),
  ];

  it.each(asks.map((ask) => [ask.type, ask] as const))('cannot %s', (_type, ask) => {
    on(taken).when(ask, by(decideService)).thenRefuses('STALE_TOKEN');
    on(first.released()).when(ask, by(decideService)).thenRefuses('STALE_TOKEN');
  });

  it('cannot conclude again what it has concluded', () => {
    const ended = first.done();
    on(ended)
      .when(first.conclusion(handedOff(first.mission)), by(decideService))
      .thenRefuses('STALE_TOKEN');
  });

  it('of an unknown run is told so', () => {
    const unknown = command('SuspendRun', { runId: 'm-demo1-r99', token: 1 });
    on(taken).when(unknown, by(decideService)).thenRefuses('UNKNOWN_RUN');
  });
});

describe('a run that is released', () => {
  it('may be claimed again three times, then has failed by a crash and a new attempt follows', () => {
    let history = approved().claimed();
    for (let n = 0; n < 3; n += 1) history = history.released().claimed();
    const facts = on(history).when(history.releaseCommand(), by(decideService)).facts();
    expect(typesOf(facts)).toEqual(['RunReleased', 'RunEnded', 'FeatureReopened', 'RunDelegated']);
    expect(all(facts, 'RunEnded')[0]).toMatchObject({ state: 'failed', cause: 'crash' });
    expect(all(facts, 'RunDelegated')[0]).toMatchObject({ attempt: 2, subject: { feature: 'F-001' } });
  });

  it('because its host stops does not fail', () => {
    let history = approved().claimed();
    for (let n = 0; n < 6; n += 1) history = history.released('shutdown').claimed();
    expect(history.run.attempt).toBe(1);
  });
});

describe('a run that is suspended', () => {
  const paused = approved().claimed().after(pause);
  const { id: runId, token } = paused.run;
  const suspended = paused.after(command('SuspendRun', { runId, token, checkpoint }));

  it('waits with its checkpoint until the mission is resumed, then goes on as the same run', () => {
    expect(suspended.run).toMatchObject({ status: 'suspended', checkpoint });
    expect(claimableRun(suspended.mission)).toBeUndefined();
    expect(suspended.after(resume).claimed().run).toMatchObject({ id: runId, attempt: 1, claims: 2 });
  });

  it('is held by nobody', () => {
    on(suspended).when(command('SuspendRun', { runId, token }), by(decideService)).thenRefuses('STALE_TOKEN');
  });
});

describe('the end of a run', () => {
  const conclusions: Readonly<Record<string, (history: History) => Conclusion>> = {
    asked: () => asked(),
    proposed: () => proposal(),
    baselined: ({ mission }) => baselined(mission),
    handed_off: ({ mission }) => handedOff(mission),
    settled: ({ mission }) => settled(mission),
    replied: () => replied(),
  };
  const tasks = {
    scope: ['asked', created()],
    plan: ['proposed', created().done()],
    baseline: ['baselined', created().done().concluded(proposal())],
    build: ['handed_off', approved()],
    validate: ['validated', builtM1()],
    triage: ['settled', builtM1().validated({ measured: { 'VAL-ADD-001': 'fail' } })],
    converse: ['replied', awaitingApproval().messaged('a')],
  } as const;

  it.each(Object.entries(tasks))('of a %s run is its own kind only', (task, [own, history]) => {
    const held = history.claimed();
    expect(held.run.task).toBe(task);
    for (const [kind, conclusion] of Object.entries(conclusions).filter(([name]) => name !== own))
      expect([
        kind,
        on(held)
          .when(held.conclusion(conclusion(held)), by(decideService))
          .thenRefuses('WRONG_CONCLUSION').code,
      ]).toEqual([kind, 'WRONG_CONCLUSION']);
  });

  it('early may come from any run, and another attempt follows', () => {
    const again = created().failed('model');
    expect(again.run).toMatchObject({ task: 'scope', attempt: 2, subject: { round: 1 } });
  });
});

describe('a run that fails', () => {
  it('three times in the same task blocks the mission with the last cause', () => {
    const history = created().failed('model').failed('stall').failed('tool');
    expect(history.mission.block).toMatchObject({ cause: 'unknown' });
    expect(history.mission.block?.detail).toContain('scope run failed 3 times, last by tool');
    expect(history.after(resume).run).toMatchObject({ task: 'scope', attempt: 4 });
  });

  it.each([
    ['auth', 'auth'],
    ['rate_limit', 'rate_limit'],
    ['budget', 'budget'],
    ['sandbox', 'environment'],
  ] as const)('by %s blocks at once by %s, without using up an attempt', (cause, block) => {
    const history = approved().failed(cause);
    expect(history.mission.block).toMatchObject({ cause: block });
    expect(history.feature('F-001')).toMatchObject({ status: 'reopened', attemptsForgiven: 1 });
  });

  it('while the mission is blocked leaves the block that a person knows', () => {
    const blocked = approved({}, smallProposal({ retryBudget: 0 })).failed('model');
    const talked = blocked.messaged('a').failed('auth');
    expect(talked.mission.block?.detail).toContain('used up its attempts');
  });
});

describe('what a run shares with other missions', () => {
  const input = proposalInput();
  const features = [
    { ...feature('F-001'), fulfils: ['VAL-ADD-001', 'VAL-ALL-001'], touches: ['env:/staging', 'path:/src'] },
    ...input.plan.features.slice(1),
  ];
  const sharing = approved({}, proposal({ plan: { ...input.plan, features } }));
  const wait = { claimId: `${sharing.run.id}/lock`, resource: 'env:/local/staging', holder: 'm-other1' };

  it('is asked for with its delegation; paths of its own are not', () =>
    expect(sharing.last('LockRequested')).toEqual({
      claimId: wait.claimId,
      runId: sharing.run.id,
      resources: ['env:/local/staging'],
    }));

  it('has to be granted before the run can be claimed', () => {
    expect(claimableRun(sharing.mission)).toBeUndefined();
    on(sharing).when(sharing.claimCommand, by(decideService)).thenRefuses('RUN_NOT_CLAIMABLE');
    expect(claimableRun(sharing.granted().mission)?.id).toBe(sharing.run.id);
  });

  it('is said to be waited for, until it is granted', () => {
    const waits = sharing.after(command('RecordLockWait', wait));
    expect(waits.feature('F-001')).toMatchObject({ status: 'waiting', waitingFor: { holder: 'm-other1' } });
    expect(waits.run.lock?.waitingFor).toEqual(waits.feature('F-001').waitingFor);
    on(waits).when(command('RecordLockWait', wait), by(decideService)).thenNothing();
    expect(waits.granted().feature('F-001').status).toBe('delegated');
    expect(waits.granted().feature('F-001').waitingFor).toBeUndefined();
  });

  it('is granted once', () => {
    const again = command('RecordLockGrant', { claimId: wait.claimId, ledger: 'l', version: 9 });
    on(sharing.granted()).when(again, by(decideService)).thenNothing();
  });

  it('is given back when the run ends, and when it is suspended by a pause', () => {
    expect(typesOf(sharing.claimed().done().facts)).toContain('LockReleased');
    const paused = sharing.claimed().after(pause);
    const { id: runId, token } = paused.run;
    const facts = on(paused).when(command('SuspendRun', { runId, token }), by(decideService)).facts();
    expect(typesOf(facts)).toEqual(['RunSuspended', 'LockReleased']);
  });

  it('is given back when a mission is paused before anybody claimed the run', () =>
    expect(typesOf(on(sharing.granted()).when(pause, by(ana)).facts())).toEqual([
      'MissionPaused',
      'LockReleased',
    ]));

  it('is asked for again, by another claim, when the mission goes on', () => {
    const resumed = sharing.after(pause).after(resume);
    expect(resumed.last('LockRequested').claimId).not.toBe(wait.claimId);
    expect(claimableRun(resumed.mission)).toBeUndefined();
    expect(claimableRun(resumed.granted().mission)?.id).toBe(sharing.run.id);
  });

  it('and cannot be had is asked for again when a person resumes', () => {
    const refused = command('BlockMission', { cause: 'lock_wait', detail: 'Never.', needs: 'Skip it.' });
    const facts = on(sharing.after(refused)).when(resume, by(ana)).facts();
    expect(typesOf(facts)).toEqual(['MissionUnblocked', 'LockReleased', 'LockRequested']);
  });

  it('are the ports of its services for a run that drives the product', () => {
    const history = builtM1().done();
    expect(history.run).toMatchObject({ role: 'user_testing' });
    expect(history.last('LockRequested').resources).toEqual(['port:/local/8080', browserPool]);
  });

  it('are for such a run also the environments that its milestone touches, in the same claim', () => {
    const tested = sharing.claimed().built().built().done();
    expect(tested.last('LockRequested').resources).toEqual([
      'port:/local/8080',
      'env:/local/staging',
      browserPool,
    ]);
  });

  it('are nothing for such a run where nothing is served', () => {
    const proof = { method: 'pty', command: 'node t.js', steps: [{ send: 'a', expected: { text: 'b' } }] };
    const assertions = input.contract.assertions.map((one) =>
      one.id === 'VAL-API-001' ? { ...one, proof: proof as typeof one.proof } : one,
    );
    const plan = { ...input.plan, services: [] };
    const typing = approved({}, proposal({ plan, contract: { ...input.contract, assertions } }));
    const tested = typing.built().built().done();
    expect(tested.run).toMatchObject({ role: 'user_testing' });
    expect(tested.run).not.toHaveProperty('lock');
  });
});

describe('what a run has spent', () => {
  it('is charged to the mission when it ends, and counted', () => {
    const history = created().concluded(asked(), spent(0.25));
    expect(history.mission.usage).toMatchObject({ turns: 1, costUsd: 0.25 });
  });
});

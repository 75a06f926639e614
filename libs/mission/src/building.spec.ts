import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { handedOff } from './testing/conclusions.ts';
import { approved, missionDecider, typesOf, type History } from './testing/history.ts';
import { add, ana, baseSha, by, command, digest, sha, smallProposal } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const checkpoint = { sha: sha(50), bundle: digest(), turn: 3 };
const partial = { claim: { outcome: 'partial' as const }, checkpoint };
const failure = { claim: { outcome: 'failure' as const }, checkpoint };
const skip = (featureId: string) => command('SkipFeature', { featureId, reason: 'not needed' });
const retry = (featureId: string) => command('RetryFeature', { featureId, reason: 'once more' });
const resume = command('ResumeMission', {});

describe('a handoff', () => {
  it('of a success moves the head, accepts the feature, and starts the next from there', () => {
    const history = approved().built();
    expect(history.mission.head).toMatchObject({ sha: sha(1) });
    expect(history.feature('F-001')).toMatchObject({ status: 'accepted', headSha: sha(1) });
    expect(history.run).toMatchObject({ subject: { feature: 'F-002' }, fromSha: sha(1) });
  });

  it('carries the token of its run as the fence of its refs', () => {
    const held = approved().claimed();
    expect(held.done().last('HandoffAccepted').token).toBe(held.run.token);
  });

  it('is kept beside what the engine captured', () => {
    const history = approved().built({ claim: { decisions: ['no framework'] } });
    expect(history.mission.handoffs[0]).toMatchObject({
      featureId: 'F-001',
      attempt: 1,
      claim: { decisions: ['no framework'] },
      captured: { baseSha, headSha: sha(1), filesChanged: ['src/F-001.ts'] },
    });
  });

  it.each([
    ['without a changed file', { filesChanged: [] }],
    ['without a commit', { headSha: baseSha }],
  ])('of a success %s is refused, and the run goes on', (_what, captured) => {
    const held = approved().claimed();
    on(held)
      .when(held.conclusion(handedOff(held.mission, { captured })), by(ana))
      .thenRefuses('EMPTY_HANDOFF');
  });

  it('of a success may be empty where the feature says so', () => {
    const history = approved({}, smallProposal({ mayBeEmpty: true })).built({
      captured: { filesChanged: [], headSha: baseSha },
    });
    expect(history.feature('F-001').status).toBe('accepted');
  });

  it('of a success on another base than the head is refused', () => {
    const held = approved().claimed();
    const conclusion = handedOff(held.mission, { captured: { baseSha: sha(99) } });
    on(held).when(held.conclusion(conclusion), by(ana)).thenRefuses('WRONG_CONCLUSION');
  });

  it('that is partial is followed by an attempt on its checkpoint; the head stays', () => {
    const history = approved().built(partial);
    expect(history.mission.head?.sha).toBe(baseSha);
    expect(history.run).toMatchObject({ attempt: 2, checkpoint, fromSha: baseSha });
    expect(history.last('FeatureReopened').reason).toBe('partial: F-001 works');
  });

  it('that says it failed is followed by an attempt from the last accepted commit', () => {
    const history = approved().built(failure);
    expect(history.run).toMatchObject({ attempt: 2, fromSha: baseSha });
    expect(history.run.checkpoint).toBeUndefined();
  });

  it('that returns to the orchestrator says why', () => {
    const claim = { outcome: 'failure' as const, returnToOrchestrator: { reason: 'The plan is wrong' } };
    expect(approved().built({ claim }).feature('F-001').reason).toBe('failure: The plan is wrong');
  });
});

describe('a run that breaks', () => {
  it('leaves nothing behind for the next attempt', () => {
    const conclusion = { kind: 'ended', state: 'failed', cause: 'model', checkpoint } as const;
    const history = approved().concluded(conclusion);
    expect(history.run).toMatchObject({ attempt: 2 });
    expect(history.run.checkpoint).toBeUndefined();
  });

  it('by an interruption leaves its work on its checkpoint, and costs no attempt', () => {
    const history = approved().concluded({ kind: 'ended', state: 'interrupted', checkpoint });
    expect(history.run).toMatchObject({ attempt: 2, checkpoint });
    expect(history.feature('F-001').attemptsForgiven).toBe(1);
  });
});

describe('a feature whose attempts are used up', () => {
  const blocked = approved().built(partial).built(partial).built(partial);

  it('is blocked, and so is the mission, which names both', () => {
    expect(blocked.feature('F-001').status).toBe('blocked');
    expect(blocked.mission.block).toMatchObject({ cause: 'unknown' });
    expect(blocked.mission.block?.detail).toContain('F-001');
  });

  it('has one attempt more than its retry budget says', () => {
    const plan = smallProposal({ retryBudget: 1 });
    expect(approved({}, plan).built(partial).mission.status).toBe('running');
    expect(approved({}, plan).built(partial).built(partial).mission.status).toBe('blocked');
  });

  it.each([
    ['a person retries it', retry('F-001')],
    ['the mission is resumed', resume],
  ])('is tried anew when %s, on the work that is there', (_what, asked) => {
    const history = blocked.after(asked);
    expect(history.mission.status).toBe('running');
    expect(history.run).toMatchObject({ subject: { feature: 'F-001' }, attempt: 4, checkpoint });
    expect(history.built(partial).built(partial).mission.status).toBe('running');
  });

  it('may be skipped, and the mission goes on with the next', () => {
    const history = blocked.after(skip('F-001'));
    expect(history.mission.status).toBe('running');
    expect(history.run.subject.feature).toBe('F-002');
  });
});

describe('skipping and retrying', () => {
  it('skips what has not begun', () => {
    const history = approved().after(skip('F-002')).built();
    expect(history.feature('F-002').status).toBe('skipped');
    expect(history.run.task).toBe('validate');
    on(history).when(skip('F-002'), by(ana)).thenNothing();
  });

  it('skips what nobody holds yet, and ends its run', () => {
    const facts = on(approved()).when(skip('F-001'), by(ana)).facts();
    expect(typesOf(facts)).toEqual(['RunEnded', 'FeatureSkipped', 'RunDelegated']);
    expect(facts[0]?.data).toMatchObject({ state: 'superseded' });
  });

  it('does not skip what is being built, or done', () => {
    on(approved().claimed()).when(skip('F-001'), by(ana)).thenRefuses('FEATURE_NOT_OPEN');
    on(approved().built()).when(skip('F-001'), by(ana)).thenRefuses('FEATURE_NOT_OPEN');
    on(approved()).when(skip('F-009'), by(ana)).thenRefuses('UNKNOWN_FEATURE');
  });

  it('leaves another cause of a block where it is', () => {
    const stopped = approved().failed('auth');
    expect(stopped.after(skip('F-001')).mission.block).toMatchObject({ cause: 'auth' });
    expect(stopped.after(skip('F-002')).after(retry('F-002')).mission.block).toMatchObject({ cause: 'auth' });
  });

  it('retries what was skipped, also after its milestone has passed', () => {
    const passed = approved().built().after(skip('F-002')).after(waive).validated();
    expect(passed.mission.milestones['M1']?.status).toBe('passed');
    const history = passed.after(retry('F-002'));
    expect(history.mission.milestones['M1']?.status).toBe('building');
    expect(history.built().run.subject.feature).toBe('F-002');
  });

  it('retries nothing that is open already', () => {
    on(approved()).when(retry('F-001'), by(ana)).thenRefuses('FEATURE_NOT_OPEN');
    on(approved()).when(retry('F-009'), by(ana)).thenRefuses('UNKNOWN_FEATURE');
  });
});

const waive = command('WaiveAssertion', { assertionId: 'VAL-API-001', reason: 'no server' });

describe('features', () => {
  it('are built one after another in the order of the plan', () => {
    const history = approved();
    expect(history.facts.at(-1)).toEqual(
      fact('RunDelegated', {
        runId: history.run.id,
        role: 'worker',
        task: 'build',
        subject: { feature: 'F-001', milestone: 'M1', round: 1 },
        attempt: 1,
        fromSha: baseSha,
        broadcastVersions: [],
      }),
    );
  });

  it('wait for what they depend on; what was skipped is not waited for', () => {
    expect(approved().after(skip('F-001')).run.subject.feature).toBe('F-002');
    expect(approved().built().run.subject.feature).toBe('F-002');
  });

  it("that nobody proved stay the contract's matter", () =>
    expect(approved().mission.assertions[add]?.verdict).toBeUndefined());
});

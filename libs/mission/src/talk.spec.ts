import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { pendingMessages, wantedState } from './queries.ts';
import { ended, replied } from './testing/conclusions.ts';
import { approved, awaitingApproval, created, missionDecider, type History } from './testing/history.ts';
import { ana, at, by, command, decideService } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const say = (messageId: string, text = 'Use tabs') => command('SendMessage', { messageId, text });
const deliver = ({ run }: History, ...messageIds: string[]) =>
  command('DeliverMessages', { runId: run.id, token: run.token, messageIds, turn: 2 });

describe('a message', () => {
  it('is received for the open run to take in', () => {
    const held = approved().claimed();
    on(held)
      .when(say('a'), by(ana))
      .then(fact('MessageReceived', { messageId: 'a', text: 'Use tabs', interrupt: false, by: 'ana', at }));
    expect(wantedState(held.messaged('a').mission)).toBe('go');
  });

  it('sent twice is received once', () => {
    const history = approved().after(say('a'));
    on(history).when(say('a'), by(ana)).thenNothing();
    on(history).when(say('a', 'Something else'), by(ana)).thenRefuses('DUPLICATE_MESSAGE');
  });

  it('may be called like something every object has', () => {
    for (const id of ['constructor', '__proto__', 'toString'])
      expect(pendingMessages(approved().after(say(id)).mission).map((message) => message.id)).toEqual([id]);
  });

  it('is delivered once to a run, at a turn of it', () => {
    const held = approved().messaged('a').claimed();
    on(held)
      .when(deliver(held, 'a', 'a'), by(decideService))
      .then(fact('MessageDelivered', { messageId: 'a', runId: held.run.id, turn: 2 }));
    const heard = held.delivered('a');
    expect(heard.mission.messages['a']).toMatchObject({ deliveredTo: held.run.id, deliveredTurn: 1 });
    on(heard).when(deliver(heard, 'a'), by(decideService)).thenNothing();
  });

  it('that does not exist cannot be delivered', () => {
    const held = approved().claimed();
    on(held).when(deliver(held, 'z'), by(decideService)).thenRefuses('UNKNOWN_MESSAGE');
  });

  it('that a run took in is done with when the run has its result', () => {
    const history = approved().messaged('a').claimed().delivered('a').done();
    expect(history.run.task).toBe('build');
  });

  it('that only a failed attempt heard is answered before the next attempt', () => {
    const history = approved().messaged('a').claimed().delivered('a').failed('model');
    expect(history.run.task).toBe('converse');
    expect(history.claimed().delivered('a').concluded(replied()).run).toMatchObject({
      task: 'build',
      attempt: 2,
    });
  });

  it('interrupts where it is told to, and is answered first; the work goes on afterwards', () => {
    const stopped = approved().claimed().messaged('a', true);
    expect(wantedState(stopped.mission)).toBe('stop_interrupt');
    const talking = stopped.concluded(ended('interrupted'));
    expect(talking.last('RunEnded').state).toBe('superseded');
    expect(talking.run).toMatchObject({ task: 'converse', role: 'orchestrator' });
    expect(talking.mission.messages['a']).toMatchObject({ interrupted: stopped.run.id });
    expect(wantedState(talking.mission)).toBe('go');
    expect(talking.claimed().delivered('a').concluded(replied()).run).toMatchObject({
      task: 'build',
      attempt: 2,
    });
  });
});

describe('with no run open, a conversation', () => {
  const waiting = awaitingApproval();
  const talking = waiting.messaged('a');

  it('is delegated', () => expect(talking.run).toMatchObject({ task: 'converse', subject: { round: 1 } }));

  it('answers what was delivered to it', () => {
    const history = talking
      .claimed()
      .delivered('a')
      .concluded(replied({ text: 'Tabs it is.' }));
    expect(history.mission.messages['a']).toMatchObject({ answer: 'Tabs it is.' });
    expect(history.mission).toMatchObject({ status: 'awaiting_approval' });
    expect(history.mission.openRun).toBeUndefined();
  });

  it('answers nothing it has not heard', () => {
    const deaf = talking.claimed();
    on(deaf).when(deaf.conclusion(replied()), by(decideService)).thenRefuses('WRONG_CONCLUSION');
  });

  it('is followed by another when a message came meanwhile', () => {
    const history = talking.claimed().delivered('a').messaged('b').concluded(replied());
    expect(history.run).toMatchObject({ task: 'converse', subject: { round: 2 } });
  });

  it('is tried again when it fails, and then blocks', () => {
    const failing = talking.failed('model').failed('model');
    expect(failing.run).toMatchObject({ task: 'converse', attempt: 3 });
    expect(failing.failed('model').mission.block).toMatchObject({ cause: 'unknown' });
  });

  it('that failed before takes no chance from the next', () => {
    const first = talking.failed('model').failed('model').claimed().delivered('a').concluded(replied());
    const second = first.messaged('b').failed('model');
    expect(second.run).toMatchObject({ task: 'converse', subject: { round: 2 }, attempt: 2 });
  });

  it('is held while a mission is blocked, unless no model could answer', () => {
    const environment = created().failed('sandbox').messaged('a');
    expect(environment.run.task).toBe('converse');
    expect(environment.claimed().delivered('a').concluded(replied()).mission.block).toMatchObject({
      cause: 'environment',
    });
    expect(created().failed('auth').messaged('a').mission.openRun).toBeUndefined();
  });

  it('waits while a mission is paused', () => {
    const paused = waiting.after(command('PauseMission', {})).messaged('a');
    expect(paused.mission.openRun).toBeUndefined();
    expect(paused.after(command('ResumeMission', {})).run.task).toBe('converse');
  });

  it('proposes changes of the plan, which a person decides', () => {
    const held = approved().claimed().messaged('a').done().claimed().delivered('a');
    const more = { features: [{ title: 'Colours', fulfils: ['VAL-ADD-001'] }] };
    const asked = held.concluded(replied({ plan_delta: more }));
    expect(asked.mission.block).toMatchObject({ cause: 'approval' });
    expect(asked.decided('approved').last('FeatureAdded').feature).toMatchObject({
      id: 'F-004',
      kind: 'follow_up',
      milestoneId: 'M1',
    });
  });
});

describe('a broadcast', () => {
  type Broadcast = Parameters<typeof publish>[1];
  const publish = (
    history: History,
    over: { audience?: 'all' | string[]; supersedes?: number; expiresAt?: string; title?: string } = {},
  ): History => {
    const broadcast = { kind: 'decision' as const, title: 'Note', body: 'So it is', ...over };
    const { id: runId, token } = history.run;
    return history.after(command('PublishBroadcast', { runId, token, broadcast }));
  };
  const held = approved().claimed();
  const given2 = (...broadcasts: NonNullable<Broadcast>[]) =>
    broadcasts.reduce((history, over) => publish(history, over), held).done().run.broadcastVersions;

  it('is numbered, and given to the runs after it', () => {
    expect(publish(held).last('BroadcastPublished')).toMatchObject({ version: 1, by: held.run.id });
    expect(given2({}, {})).toEqual([1, 2]);
  });

  it('reaches its audience only: roles, or features', () => {
    expect(given2({ audience: ['worker'] })).toEqual([1]);
    expect(given2({ audience: ['scrutiny'] })).toEqual([]);
    expect(given2({ audience: ['F-002'] })).toEqual([1]);
    expect(given2({ audience: ['F-003'] })).toEqual([]);
  });

  it('is not given once a later one supersedes it', () => {
    expect(given2({}, { supersedes: 1 })).toEqual([2]);
  });

  it('is not given once it has expired', () => {
    expect(given2({ expiresAt: '2026-03-01T09:00:00.000Z' }, {})).toEqual([2]);
    expect(given2({ expiresAt: '2026-03-01T11:00:00.000Z' })).toEqual([1]);
  });
});

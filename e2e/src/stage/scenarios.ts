import { settle } from '@missions/testing';
import type { Stage } from './stage.ts';
import { assertionOf, tale } from './tale.ts';

/** Plays one mission to an end that only depends on the scenario, and answers with its id. */
export type Scenario = (stage: Stage, name: string) => Promise<string>;

const LIMIT_MS = 180_000;
const features = ['F-001', 'F-002'];

/** A question, a rejected plan, a pause, a message, a raised budget, a failed assertion and its fix, a shared port. */
export const everything: Scenario = async (stage, name) => {
  const { api, desk } = stage;
  const script = tale({
    features,
    asks: true,
    failing: ['F-001'],
    serves: true,
    broadcasts: true,
    extraTurns: 1,
  });
  let id = '';
  const held = desk.hold(
    ({ header, turn }) => header.mission === id && header.feature === 'F-001' && turn === 1,
  );
  // Slices smaller than the worst case of one call: every run has to ask for more.
  id = await begin(stage, { name, script, budget: { maxCostUsd: 50, sliceUsd: 0.05 } });
  await api.until(id, ({ needsYou }) => needsYou === 'question', LIMIT_MS);
  await api.ask(id, 'answers', { answers: [{ questionId: 'Q1', value: 'green' }] });
  await api.until(id, ({ status }) => status === 'awaiting_approval', LIMIT_MS);
  await api.ask(id, 'approval', { decision: 'reject', reason: 'Say it again.' });
  await api.approve(id, LIMIT_MS);
  await held.arrived;
  await api.ask(id, 'messages', { text: 'Mind the newline.' });
  await api.ask(id, 'pause');
  held.release();
  await api.until(id, ({ now }) => now?.status !== 'running', LIMIT_MS);
  await api.ask(id, 'budget', { maxCostUsd: 60 });
  await api.ask(id, 'resume');
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** Nobody has to do anything but approve. */
export const plain: Scenario = async (stage, name) => {
  const { api } = stage;
  const id = await begin(stage, { name, script: tale({ features, serves: true, broadcasts: true }) });
  await api.approve(id, LIMIT_MS);
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

export const cancelled: Scenario = async (stage, name) => {
  const { api } = stage;
  const id = await begin(stage, { name, script: tale({ asks: true }) });
  await api.until(id, ({ needsYou }) => needsYou === 'question', LIMIT_MS);
  await api.ask(id, 'cancel', { reason: 'enough' });
  await api.until(id, ({ status }) => status === 'cancelled', LIMIT_MS);
  return id;
};

/** No fix helps; a person waives the assertion and the mission is completed without it. */
export const waived: Scenario = async (stage, name) => {
  const { api } = stage;
  const script = tale({ features, failing: ['F-001'], fixable: false, maxFixRounds: 1 });
  const id = await begin(stage, { name, script });
  await api.approve(id, LIMIT_MS);
  await api.until(id, ({ status }) => status === 'blocked', LIMIT_MS);
  await api.ask(id, 'waivers', { assertionId: assertionOf('F-001'), reason: 'Not needed after all.' });
  await api.ask(id, 'resume').catch(() => undefined);
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** A worker that does nothing uses up its attempts; a person lets it try again, and now it works. */
export const retried: Scenario = async (stage, name) => {
  const { api, desk } = stage;
  const id = await begin(stage, { name, script: tale({ idle: ['F-001'] }) });
  await api.approve(id, LIMIT_MS);
  await api.until(id, ({ status }) => status === 'blocked', LIMIT_MS);
  desk.say(id, tale());
  await api.ask(id, 'features/F-001/retry', { reason: 'Try again.' });
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** The second feature cannot be built; a person skips it and waives what it was to prove. */
export const skipped: Scenario = async (stage, name) => {
  const { api, desk } = stage;
  const id = await begin(stage, { name, script: tale({ features, idle: ['F-002'] }) });
  await api.approve(id, LIMIT_MS);
  await api.until(id, ({ status }) => status === 'blocked', LIMIT_MS);
  await api.ask(id, 'waivers', { assertionId: assertionOf('F-002'), reason: 'Not needed after all.' });
  // Its validators have one assertion less to report on.
  desk.say(id, tale());
  await api.ask(id, 'features/F-002/skip', { reason: 'Not needed after all.' });
  await settle(
    async () => {
      const { status } = await api.mission(id);
      if (status === 'blocked') await api.ask(id, 'resume').catch(() => undefined);
      return status === 'completed';
    },
    { limitMs: LIMIT_MS },
  );
  return id;
};

/** The worker dies while it waits for its model, so that its lease runs out. */
export const taken: Scenario = async (stage, name) => {
  const { api, desk, stack } = stage;
  let id = '';
  const held = desk.hold(
    ({ header, turn }) => header.mission === id && header.feature === 'F-001' && turn === 1,
  );
  id = await begin(stage, { name, script: tale({ features, extraTurns: 1 }) });
  await api.approve(id, LIMIT_MS);
  await held.arrived;
  await stack.service('worker').kill('SIGKILL');
  held.release();
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** A message to a mission that waits for a person is answered by a conversation. */
export const talked: Scenario = async (stage, name) => {
  const { api } = stage;
  const id = await begin(stage, { name, script: tale() });
  await api.until(id, ({ status }) => status === 'awaiting_approval', LIMIT_MS);
  await api.ask(id, 'messages', { text: 'What is this plan about?' });
  await settle(async () => (await api.facts(id, 'MessageAnswered')).length === 1, { limitMs: LIMIT_MS });
  await api.approve(id, LIMIT_MS);
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** Two builds are silent: one speaks in time, the other is stopped and tried again. The stage has a short `runStallMin`. */
export const stalled: Scenario = async (stage, name) => {
  const { api, desk } = stage;
  let id = '';
  const silentAt = (at: number) =>
    desk.hold(
      ({ header, turn }) =>
        header.mission === id && header.feature === 'F-001' && header.attempt === 1 && turn === at,
    );
  const [short, long] = [silentAt(0), silentAt(1)];
  id = await begin(stage, { name, script: tale({ features, extraTurns: 1 }) });
  await api.approve(id, LIMIT_MS);
  await short.arrived;
  await settle(async () => (await api.facts(id, 'RunStalled')).length === 1, { limitMs: LIMIT_MS });
  short.release();
  await settle(async () => (await api.facts(id, 'RunRecovered')).length === 1, { limitMs: LIMIT_MS });
  await long.arrived;
  await settle(async () => (await api.facts(id, 'RunEnded')).some(({ cause }) => cause === 'stall'), {
    limitMs: LIMIT_MS,
  });
  long.release();
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** Nobody builds until it has been said. The stage has a short `runUnclaimedMin`. */
export const unclaimed: Scenario = async (stage, name) => {
  const { api, stack } = stage;
  await stack.service('worker').stop();
  const id = await begin(stage, { name, script: tale({ features }) });
  await api.approve(id, LIMIT_MS);
  await settle(async () => (await api.facts(id, 'RunUnclaimed')).length === 1, { limitMs: LIMIT_MS });
  stack.service('worker').start();
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

/** The planning takes longer than the mission may; a person gives it more time. */
export const outOfTime: Scenario = async (stage, name) => {
  const { api, desk } = stage;
  let id = '';
  const held = desk.hold(({ header, turn }) => header.mission === id && header.task === 'plan' && turn === 0);
  id = await begin(stage, { name, script: tale({ features }), budget: { maxWallClockMin: 4 / 60 } });
  await api.until(id, ({ status }) => status === 'blocked', LIMIT_MS);
  await api.ask(id, 'budget', { maxWallClockMin: 600 });
  held.release();
  await api.approve(id, LIMIT_MS);
  await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
  return id;
};

interface Beginning {
  readonly name: string;
  readonly script: ReturnType<typeof tale>;
  readonly budget?: Readonly<Record<string, number>>;
}

/** The first call of the mission waits until its script is known. */
async function begin({ api, desk, repository }: Stage, { name, script, budget }: Beginning): Promise<string> {
  const held = desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
  const order = { goal: name, repository: repository(name).path, ...(budget && { budget }) };
  const id = await api.create(order);
  desk.say(id, script);
  held.release();
  return id;
}

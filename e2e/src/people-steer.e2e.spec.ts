import type { MissionEventData } from '@missions/mission';
import { settle } from '@missions/testing';
import { Refused } from './stage/api.ts';
import type { Held } from './stage/model-desk.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

describe('people who steer a mission', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ script: tale({ features: ['F-001', 'F-002'], extraTurns: 1 }) });
  });
  afterAll(() => stage.close());

  /** A mission whose first worker waits for its model in the second turn. */
  async function inTheMiddle(name: string): Promise<{ id: string; held: Held }> {
    const { api, desk } = stage;
    let id = '';
    const held = desk.hold(
      ({ header, turn }) => header.mission === id && header.feature === 'F-001' && turn === 1,
    );
    id = await api.create({ goal: name, repository: stage.repository(name).path });
    await api.approve(id);
    await held.arrived;
    return { id, held };
  }

  it('pause it: the turn ends, the run is suspended, and resuming goes on with the same attempt', async () => {
    const { api } = stage;
    const { id, held } = await inTheMiddle('paused');
    await api.ask(id, 'pause', { reason: 'lunch' });
    held.release();
    await api.until(id, ({ now }) => now?.status === 'suspended');
    await expect(api.ask(id, 'approval', { decision: 'approve', hash: 'x' })).rejects.toThrow(Refused);
    await api.ask(id, 'resume');
    await api.until(id, ({ status }) => status === 'completed');
    const builds = await api.facts<MissionEventData<'RunDelegated'>>(id, 'RunDelegated');
    expect(builds.filter(({ subject }) => subject.feature === 'F-001')).toHaveLength(1);
    expect(await stage.violations()).toEqual([]);
  });

  it('cancel it: the run ends at once and nothing more is accepted', async () => {
    const { api } = stage;
    const { id, held } = await inTheMiddle('cancelled');
    await api.ask(id, 'cancel', { reason: 'changed my mind' });
    await settle(async () => {
      const { status, now } = await api.mission(id);
      return status === 'cancelled' && now === undefined;
    });
    held.release();
    await expect(api.ask(id, 'resume')).rejects.toMatchObject({ status: 409 });
    expect(await api.facts(id, 'HandoffAccepted')).toEqual([]);
    expect(await stage.violations()).toEqual([]);
  });

  it('send a message: the open run hears it in its next turn', async () => {
    const { api, desk } = stage;
    const { id, held } = await inTheMiddle('heard');
    const { message } = await api.ask(id, 'messages', { text: 'Mind the trailing newline.' });
    expect(message?.delivery).toEqual({ state: 'next_turn', runId: message?.delivery.runId });
    held.release();
    await api.until(id, ({ status }) => status === 'completed');
    expect(await api.get(`/v1/missions/${id}/messages`)).toMatchObject([
      { id: message?.id, delivery: { state: 'delivered', runId: message?.delivery.runId, turn: 3 } },
    ]);
    const [delivered] = await api.facts<MissionEventData<'MessageDelivered'>>(id, 'MessageDelivered');
    expect(delivered?.runId).toMatch(new RegExp(`^${id}-r`));
    expect(desk.calls.some(({ header }) => header.mission === id && header.task === 'converse')).toBe(false);
    expect(await stage.violations()).toEqual([]);
  });

  it('interrupt it: the run ends, its work is kept, the message is answered, and the work goes on', async () => {
    const { api } = stage;
    const { id, held } = await inTheMiddle('interrupted');
    const { message } = await api.ask(id, 'messages', { text: 'Stop, and tell me why.', interrupt: true });
    expect(message?.delivery.state).toBe('interrupts');
    await api.until(id, ({ now }) => now?.task !== 'build' || now.attempt > 1, 20_000);
    held.release();
    await api.until(id, ({ status }) => status === 'completed');
    const answers = await api.facts<MissionEventData<'MessageAnswered'>>(id, 'MessageAnswered');
    expect(answers).toHaveLength(1);
    const ends = await api.facts<MissionEventData<'RunEnded'>>(id, 'RunEnded');
    expect(ends.filter(({ state }) => state === 'superseded')).toHaveLength(1);
    expect(await api.get(`/v1/missions/${id}/messages`)).toMatchObject([
      { delivery: { state: 'answered' }, interrupted: message?.delivery.runId },
    ]);
    expect(await stage.violations()).toEqual([]);
  });

  it('ask for the same thing twice: it happens once', async () => {
    const { api, stack } = stage;
    const repository = stage.repository('twice');
    const create = (): Promise<{ missionId: string }> =>
      fetch(`${stack.apiUrl}/v1/missions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${stack.token}`,
          'content-type': 'application/json',
          'idempotency-key': 'once-and-only-once',
        },
        body: JSON.stringify({ goal: 'Once', repository: repository.path }),
      }).then((answer) => answer.json() as Promise<{ missionId: string }>);
    const [first, second] = [await create(), await create()];
    expect(second.missionId).toBe(first.missionId);
    expect(await api.facts(first.missionId, 'MissionCreated')).toHaveLength(1);
    await api.ask(first.missionId, 'cancel');
  });
});

import type { MissionEventData } from '@missions/mission';
import { repeatedCalls } from './stage/repeated-calls.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

type Claimed = MissionEventData<'RunClaimed'>;

describe('a worker that dies in the middle of a feature', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ script: tale({ extraTurns: 2 }) });
  });
  afterAll(() => stage.close());

  it('is followed by another that goes on with the same attempt under a higher token', async () => {
    const { api, desk, stack } = stage;
    const repository = stage.repository('product');
    const held = desk.hold(({ header, turn }) => header.task === 'build' && turn === 3);
    const id = await api.create({ goal: 'Write the file', repository: repository.path });
    await api.approve(id);
    await held.arrived;
    await stack.service('worker').kill('SIGKILL');
    held.release();
    await api.until(id, ({ status }) => status === 'completed');

    const delegated = await api.facts<MissionEventData<'RunDelegated'>>(id, 'RunDelegated');
    const build = delegated.filter(({ task }) => task === 'build');
    expect(build).toHaveLength(1);
    const claims = (await api.facts<Claimed>(id, 'RunClaimed')).filter(
      ({ runId }) => runId === build[0]?.runId,
    );
    expect(claims).toHaveLength(2);
    expect(claims[0]?.holder).not.toBe(claims[1]?.holder);
    expect(repository.git('rev-list', '--count', `main..missions/${id}`)).toBe('1');
    // What the dead worker had written before its third turn is in the commit: the file system went on, not only the talk.
    expect(repository.git('show', `missions/${id}:f-001.txt`)).toBe('F-001');
    const { ofRecordedTurns, reissued } = await repeatedCalls(stage);
    expect(ofRecordedTurns).toEqual([]);
    expect(reissued).toBe(1);
    // The comparison would see a turn that was asked for again: the same calls, had they been made only now.
    const now = new Date().toISOString();
    const late = { ...stage, desk: { ...desk, calls: desk.calls.map((call) => ({ ...call, at: now })) } };
    expect((await repeatedCalls(late)).ofRecordedTurns).toHaveLength(desk.calls.length);
    expect(await stage.violations()).toEqual([]);
  });
});

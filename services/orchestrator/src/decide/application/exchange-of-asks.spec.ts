import { askClaim } from '@missions/mission';
import { approved, handedOff, smallProposal, type History } from '@missions/mission/testing';
import { TalkWorld } from '../testing/talk-world.ts';

/** A mission that gives nothing away, so that only what costs it nothing is agreed. */
function mission(missionId: string, ...touches: readonly string[]): History {
  const given = { missionId, integration: 'shared', stance: 'greedy' } as const;
  return approved(given, smallProposal({ touches: [...touches] }));
}

async function asks(world: TalkWorld, missionId: string, name: string, path: string): Promise<string> {
  const { id: runId, token, lock } = world.run(missionId);
  const claimId = askClaim(runId, name);
  const branch = (lock?.resources[0] ?? '').replace(/\/[^/]*$/, '');
  const wanted = { claimId, resource: `${branch}/${path}`, mode: 'X', reason: 'It is needed.' } as const;
  await world.asks(missionId, { type: 'AskForResource', data: { runId, token, ...wanted } });
  return claimId;
}

async function isDone(world: TalkWorld, missionId: string): Promise<void> {
  const { id: runId, token } = world.run(missionId);
  const conclusion = handedOff(world.mission(missionId));
  const usage = { turns: 1, input: 1, output: 1, cacheRead: 0, cacheWrite: 0, costUsd: 0, unpriced: false };
  await world.asks(missionId, { type: 'ConcludeRun', data: { runId, token, conclusion, usage } });
}

/**
 * Each run's agent has what the other's wants now, beside what its own work is done under. A third may have changed it after the
 * first run began and before the second did.
 */
async function eachHasTheOthers(touched: readonly string[] = [], hasThird = false): Promise<TalkWorld> {
  const world = new TalkWorld(30_000, 60_000);
  if (hasThird) {
    await world.begins(mission('m-third', 'src/**', 'lib/**'));
    await world.works('m-third');
  }
  await world.begins(mission('m-first', 'docs/**'));
  await world.works('m-first', { touched, nextCheckpointInMs: 60_000 });
  if (hasThird) await isDone(world, 'm-third');
  await world.begins(mission('m-second', 'src/**'));
  await world.works('m-second');
  await asks(world, 'm-first', '1-0a', 'test/a.ts');
  await asks(world, 'm-second', '1-0b', 'lib/b.ts');
  await asks(world, 'm-first', '2-0a', 'lib/b.ts');
  expect(world.last('NegotiationFailed')).toMatchObject({ reason: 'refused' });
  await asks(world, 'm-second', '2-0b', 'test/a.ts');
  return world;
}

async function chooses(world: TalkWorld, missionId: string, name: string): Promise<void> {
  const { id: runId, token, asks: all = [] } = world.run(missionId);
  const claimId = askClaim(runId, name);
  const proposalId = all.find((one) => one.claimId === claimId)?.offers?.[0]?.proposalId ?? '';
  await world.asks(missionId, { type: 'ChooseOffer', data: { runId, token, claimId, proposalId } });
}

describe('two runs of which each has what the other asks for', () => {
  it('exchange it in one decision, and both go on', async () => {
    const world = await eachHasTheOthers();
    expect(world.last('NegotiationOpened')).toMatchObject({ cause: 'cycle' });
    expect(world.last('ProposalMade')).toMatchObject({ offer: { kind: 'swap' } });
    await chooses(world, 'm-second', '2-0b');
    expect(world.last('NegotiationSettled')).toMatchObject({ commitments: [{ offer: { kind: 'swap' } }] });
    for (const [missionId, got, given] of [
      ['m-first', 'lib/b.ts', 'test/a.ts'],
      ['m-second', 'test/a.ts', 'lib/b.ts'],
    ] as const) {
      const run = world.run(missionId);
      expect(run).toMatchObject({ status: 'running', lock: { granted: true } });
      expect(run.stopOrdered).toBeUndefined();
      expect(run.asks).toMatchObject([
        {
          resource: expect.stringContaining(given) as string,
          granted: false,
          refused: { code: 'EXCHANGED' },
        },
        { resource: expect.stringContaining(got) as string, granted: true },
      ]);
    }
  });

  it('read it in the log of both missions', async () => {
    const world = await eachHasTheOthers();
    await chooses(world, 'm-second', '2-0b');
    const held = askClaim(world.run('m-second').id, '1-0b');
    const agreed = expect.stringMatching(
      new RegExp(`^m-first lets m-second have .*test/a\\.ts and gets what m-second held as ${held}$`),
    ) as string;
    expect(world.last('LockNegotiationSettled', 'm-first')).toMatchObject({ with: ['m-second'], agreed });
    expect(world.last('LockNegotiationSettled', 'm-second')).toMatchObject({ with: ['m-first'], agreed });
    expect(world.last('LockAskRefused', 'm-first')).toMatchObject({
      code: 'EXCHANGED',
      detail: 'It was given to m-second for what this run asked for, as was agreed.',
    });
  });

  it('exchange it also where the agent does not choose in time', async () => {
    const world = await eachHasTheOthers();
    await world.passes(50_000);
    await world.looks();
    expect(world.last('NegotiationSettled')).toMatchObject({ commitments: [{ offer: { kind: 'swap' } }] });
  });

  it('keep what they have touched: then one of them does without', async () => {
    const world = await eachHasTheOthers(['test/a.ts']);
    expect(world.last('ProposalMade')).toMatchObject({ offer: { kind: 'refuse' } });
    const refused = ['m-first', 'm-second'].flatMap((missionId) =>
      (world.run(missionId).asks ?? []).filter(({ refused: why }) => why?.code === 'LOCK_CYCLE'),
    );
    expect(refused).toHaveLength(1);
  });

  it('may get what the next run of the feature alone can have, and have given away theirs all the same', async () => {
    const world = await eachHasTheOthers([], true);
    await chooses(world, 'm-second', '2-0b');
    expect(world.run('m-first').asks).toMatchObject([
      { refused: { code: 'EXCHANGED' } },
      { granted: false, refused: { code: 'CHANGED_MEANWHILE' } },
    ]);
    expect(world.run('m-second').asks).toMatchObject([{ refused: { code: 'EXCHANGED' } }, { granted: true }]);
    expect(Object.values(world.mission('m-first').features)[0]?.alsoTouches).toHaveLength(1);
  });

  it('never give away what their own work is done under', async () => {
    const world = new TalkWorld(30_000, 60_000);
    await world.begins(mission('m-first', 'docs/**'));
    await world.works('m-first');
    await world.begins(mission('m-second', 'src/**'));
    await world.works('m-second');
    await asks(world, 'm-first', '1-0a', 'src/a.ts');
    await asks(world, 'm-second', '1-0b', 'docs/a.md');
    expect(world.inLedgerTypes).not.toContain('NegotiationSettled');
    expect(world.run('m-first').lock).toMatchObject({ granted: true });
    expect(world.run('m-second').lock).toMatchObject({ granted: true });
  });
});

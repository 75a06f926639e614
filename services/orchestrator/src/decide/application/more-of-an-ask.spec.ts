import { askClaim, type AskMode } from '@missions/mission';
import { approved, smallProposal } from '@missions/mission/testing';
import { TalkWorld } from '../testing/talk-world.ts';

/** A run works on its own file, and has asked to read another. */
async function reads(mode: AskMode): Promise<{
  readonly world: TalkWorld;
  readonly ask: (name: string, mode: AskMode, path?: string) => Promise<void>;
}> {
  const world = new TalkWorld();
  await world.begins(
    approved({ missionId: 'm-first', integration: 'shared' }, smallProposal({ touches: ['src/a.ts'] })),
  );
  await world.works('m-first');
  const { id: runId, token, lock } = world.run('m-first');
  const ask = async (name: string, wanted: AskMode, path = 'docs/api/x.md'): Promise<void> => {
    const resource = (lock?.resources[0] ?? '').replace('src/a.ts', path);
    const data = {
      runId,
      token,
      claimId: askClaim(runId, name),
      resource,
      mode: wanted,
      reason: 'It lists.',
    };
    await world.asks('m-first', { type: 'AskForResource', data });
  };
  await ask('1-0a', mode);
  return { world, ask };
}

describe('more of what an agent has asked for', () => {
  it.each(['S', 'U'] as const)(
    'is granted alone after %s, and the weaker claim is given back',
    async (mode) => {
      const { world, ask } = await reads(mode);
      await ask('2-0b', 'X');
      expect(world.run('m-first').asks).toMatchObject([{ mode: 'X', granted: true }]);
      expect(world.ledger.ended.get(askClaim(world.run('m-first').id, '1-0a'))).toMatchObject({
        how: 'released',
      });
    },
  );

  it('is granted as the directory around it', async () => {
    const { world, ask } = await reads('U');
    await ask('2-0b', 'U', 'docs');
    expect(world.run('m-first').asks).toMatchObject([{ mode: 'U', granted: true }]);
    expect(world.ledger.held.size).toBe(2);
  });
});

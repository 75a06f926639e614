import { settle } from '@missions/testing';
import { approved, smallProposal, type Creation } from '@missions/mission/testing';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { negotiateForAgent, type AgentAsks } from './negotiate-for-agent.ts';
import { RunWorld, secret } from './testing/index.ts';

const wanted: AgentAsks = { resource: 'src/b.ts', mode: 'X', reason: 'The list is read there.' };
const inLedger = { ledger: 'resources-r', version: 9 };
const expires = '2026-03-01T10:02:00.000Z';

/** Lets the agent of a build run ask, while the world answers. */
async function asking(
  world: RunWorld,
  asks: (ask: (over?: Partial<AgentAsks>) => Promise<string>, claimed: ClaimedRun) => Promise<void>,
  limitMs = 5_000,
): Promise<void> {
  await world.grant();
  let calls = 0;
  const perform = async (claimed: ClaimedRun): Promise<void> => {
    const negotiate = negotiateForAgent(claimed, limitMs);
    const ask = (over: Partial<AgentAsks> = {}): Promise<string> => {
      calls += 1;
      return (
        negotiate?.(
          { ...wanted, ...over },
          { turn: 1, callId: `c${String(calls)}`, signal: claimed.signal },
        ) ?? Promise.resolve('not offered')
      );
    };
    await asks(ask, claimed);
    await claimed.end({ state: 'interrupted' });
  };
  await driveRun(world.host(), await world.delegation(), perform, new AbortController().signal);
  expect(world.warnings).toEqual([]);
}

function sharing(over: Creation = { integration: 'shared' }, touches = ['src/a.ts']): Promise<RunWorld> {
  return RunWorld.after(approved(over, smallProposal({ touches })));
}

/** The claim of what was asked for, once it is. */
async function claimOf(world: RunWorld): Promise<string> {
  const claimId = async (): Promise<string | undefined> => (await world.run()).asks?.at(-1)?.claimId;
  await settle(async () => (await claimId()) !== undefined);
  return (await claimId()) ?? '';
}

describe('an agent that needs more than its feature was planned to touch', () => {
  it('is told when it is granted, with its token, and is not asked for twice', async () => {
    const world = await sharing();
    await asking(world, async (ask) => {
      const answer = ask();
      await world.told({ type: 'RecordLockGrant', data: { claimId: await claimOf(world), ...inLedger } });
      expect(await answer).toMatch(/^Granted: path:\/.*\/src\/b\.ts \(X\).*Token 9\./);
      expect(await ask()).toMatch(/^Granted/);
      const { asks } = await world.run();
      expect(asks).toHaveLength(1);
    });
  });

  it('has what it has: its own claim, and less than it was granted, are not asked for again', async () => {
    const world = await sharing();
    await asking(world, async (ask) => {
      expect(await ask({ resource: 'src/a.ts' })).toMatch(/^Granted: .*yours already/);
      const answer = ask({ resource: 'docs' });
      await world.told({ type: 'RecordLockGrant', data: { claimId: await claimOf(world), ...inLedger } });
      await answer;
      expect(await ask({ resource: 'docs/guide.md', mode: 'S' })).toMatch(/^Granted/);
      expect((await world.run()).asks).toHaveLength(1);
    });
  });

  it('may have alone what it asked to read', async () => {
    const world = await sharing();
    await asking(world, async (ask) => {
      const reading = ask({ mode: 'U' });
      await world.told({ type: 'RecordLockGrant', data: { claimId: await claimOf(world), ...inLedger } });
      expect(await reading).toContain('(U)');
      const alone = ask();
      await settle(async () => (await world.run()).asks?.[0]?.mode === 'X');
      await world.told({ type: 'RecordLockGrant', data: { claimId: await claimOf(world), ...inLedger } });
      expect(await alone).toContain('(X)');
      expect((await world.run()).asks).toHaveLength(1);
    });
  });

  it('chooses among offers, and hears what comes of it', async () => {
    const world = await sharing();
    await asking(world, async (ask) => {
      const answer = ask();
      const claimId = await claimOf(world);
      const offer = {
        negotiationId: `${claimId}/talk-1`,
        proposalId: 'p-1',
        offer: 'm-2 lets it go at 10:01.',
      };
      await world.told({ type: 'RecordLockOffer', data: { claimId, ...offer, expires } });
      expect(await answer).toContain('- p-1: m-2 lets it go at 10:01. (until');
      const chosen = ask({ choose: 'p-1' });
      await settle(async () => (await world.last('LockOfferChosen')) !== undefined);
      await world.told({ type: 'RecordLockGrant', data: { claimId, ...inLedger } });
      expect(await chosen).toMatch(/^Granted/);
      expect(await ask({ choose: 'p-9', resource: 'src/c.ts' })).toMatch(/^Refused \(UNKNOWN_OFFER\)/);
    });
  });

  it('that is flexible takes the first offer', async () => {
    const world = await sharing();
    await asking(world, async (ask) => {
      const answer = ask({ flexible: true });
      const claimId = await claimOf(world);
      const offer = { negotiationId: `${claimId}/talk-1`, proposalId: 'p-1', offer: 'm-2 reads on.' };
      await world.told({ type: 'RecordLockOffer', data: { claimId, ...offer, expires } });
      await settle(async () => (await world.last('LockOfferChosen')) !== undefined);
      await world.told({ type: 'RecordLockGrant', data: { claimId, ...inLedger } });
      expect(await answer).toMatch(/^Granted/);
    });
  });

  it('hears who has it when the time is up, and keeps its place', async () => {
    const world = await sharing();
    await asking(
      world,
      async (ask) => {
        const answer = ask();
        const claimId = await claimOf(world);
        const data = { claimId, resource: 'path:/r/main/src', holder: 'm-2 m-2-r4' };
        await world.told({ type: 'RecordLockWait', data });
        expect(await answer).toMatch(/^Not yet: m-2 m-2-r4 has path:\/r\/main\/src\. You keep your place/);
        await world.told({
          type: 'RecordLockWait',
          data: { claimId, resource: 'path:/r/main/src', behind: 'm-3' },
        });
        expect(await ask()).toMatch(/^Not yet: m-3 is before you in the queue for path:\/r\/main\/src\. /);
        expect((await world.run()).asks).toMatchObject([{ granted: false }]);
      },
      300,
    );
  });

  it('hears why it cannot be had', async () => {
    const world = await sharing();
    await asking(world, async (ask) => {
      const answer = ask();
      const data = {
        claimId: await claimOf(world),
        code: 'LOCK_CYCLE',
        detail: 'Everybody waits for the next.',
      };
      await world.told({ type: 'RecordAskRefused', data });
      expect(await answer).toMatch(/^Refused \(LOCK_CYCLE\): Everybody waits/);
      expect(await ask({ resource: 'repo:/r' })).toMatch(
        /^Refused \(ASK_REFUSED\).*by its path, such as src\/api/,
      );
      expect(await ask({ resource: 'path:/other/main/src' })).toMatch(/^Refused \(ASK_REFUSED\)/);
    });
  });

  it('says in the log why, without what must not be there', async () => {
    const world = await sharing();
    await asking(
      world,
      async (ask) => {
        await ask({ reason: `The key is ${secret}.` });
        expect(await world.last('LockRequested')).toMatchObject({
          resources: [expect.stringContaining('/src/b.ts') as string],
          ask: { mode: 'X', reason: expect.not.stringContaining(secret) as string },
        });
      },
      50,
    );
    expect(await world.written()).not.toContain(secret);
  });

  it('is offered this only where its run shares something', async () => {
    const world = await sharing({}, []);
    await driveRun(
      world.host(),
      await world.delegation(),
      async (claimed) => {
        expect(negotiateForAgent(claimed)).toBeUndefined();
        await claimed.end({ state: 'interrupted' });
      },
      new AbortController().signal,
    );
    const ported = await sharing({}, ['port:/local/8080']);
    await asking(
      ported,
      async (ask) => {
        expect(await ask({ resource: 'src/b.ts' })).toMatch(/^Refused \(ASK_REFUSED\).*its own/);
      },
      50,
    );
  });
});

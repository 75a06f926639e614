import { resourceSubjects } from '@missions/leasing';
import { askClaim, claimableRun, initialMission } from '@missions/mission';
import { approved, digest, sha, smallProposal, type Creation, type History } from '@missions/mission/testing';
import { TalkWorld } from '../testing/talk-world.ts';

const checkpoint = { sha: sha(9), bundle: digest(), turn: 3 };

/** A mission of one feature that touches these files of the repository that all share, and takes so many minutes. */
function mission(
  missionId: string,
  touches: readonly string[],
  { minutes = 10, ...over }: Creation & { readonly minutes?: number } = {},
): History {
  const proposal = smallProposal({ touches: [...touches] });
  const plan = { ...proposal.plan, estimate: { runs: 3, minutes, basis: 'as the case says' } };
  return approved({ missionId, integration: 'shared', ...over }, { ...proposal, plan });
}

/** `m-first` works on `src` for long, and `m-second` wants a file in it for a moment. */
async function inTheWay(world = new TalkWorld(), over: Creation = {}): Promise<TalkWorld> {
  await world.begins(mission('m-first', ['src/**'], { minutes: 600, ...over }));
  await world.works('m-first');
  await world.begins(mission('m-second', ['src/a.ts']));
  return world;
}

/** The holder's turn ends. */
async function turnEnds(world: TalkWorld, missionId: string): Promise<void> {
  const { id: runId, token } = world.run(missionId);
  const usage = { turns: 1, input: 1, output: 1, cacheRead: 0, cacheWrite: 0, costUsd: 0, unpriced: false };
  const conclusion = { kind: 'ended', state: 'interrupted', checkpoint } as const;
  await world.asks(missionId, { type: 'ConcludeRun', data: { runId, token, conclusion, usage } });
}

describe('a run that waits for what another mission’s run holds', () => {
  it('is promised it at the holder’s next checkpoint, gets it there, and the holder goes on from it later', async () => {
    const world = await inTheWay();
    expect(world.inLedgerTypes.slice(-4)).toEqual([
      'NegotiationOpened',
      'ProposalMade',
      'ProposalAccepted',
      'NegotiationSettled',
    ]);
    expect(world.run('m-first').stopOrdered).toBe('hand_over');
    expect(claimableRun(world.mission('m-second'))).toBeUndefined();
    await turnEnds(world, 'm-first');
    expect(claimableRun(world.mission('m-second'))).toMatchObject({ lock: { granted: true } });
    expect(world.run('m-first')).toMatchObject({ checkpoint, lock: { granted: false } });
    expect(claimableRun(world.mission('m-first'))).toBeUndefined();
  });

  it('has what was said and agreed in the log of both missions', async () => {
    const world = await inTheWay();
    const negotiationId = `${world.run('m-second').lock?.claimId ?? ''}/talk-1`;
    expect(world.last('LockNegotiationOpened', 'm-second')).toMatchObject({
      negotiationId,
      side: 'asker',
      with: ['m-first'],
      resources: [expect.stringMatching(/^path:\/.*\/main\/src\/a\.ts$/) as string],
    });
    expect(world.last('LockNegotiationOpened', 'm-first')).toMatchObject({
      side: 'holder',
      with: ['m-second'],
    });
    for (const [missionId, other] of [
      ['m-first', 'm-second'],
      ['m-second', 'm-first'],
    ] as const)
      expect(world.last('LockNegotiationSettled', missionId)).toMatchObject({
        negotiationId,
        with: [other],
        agreed: expect.stringMatching(/^m-first lets m-second have path:.* at its next checkpoint/) as string,
        ledger: `resources-${world.scope ?? ''}`,
        version: expect.any(Number) as number,
      });
  });

  it('asks nobody to give it back whom its own feature gave way to', async () => {
    const world = await inTheWay();
    await turnEnds(world, 'm-first');
    await world.works('m-second');
    const opened = world.inLedgerTypes.filter((type) => type === 'NegotiationOpened');
    expect(opened).toHaveLength(1);
    expect(world.run('m-second').stopOrdered).toBeUndefined();
  });

  it('is not given way to twice by one feature, which is finished first', async () => {
    const world = await inTheWay();
    await turnEnds(world, 'm-first');
    await world.works('m-second');
    await turnEnds(world, 'm-second');
    await world.works('m-first');
    expect(world.run('m-second').lock).toMatchObject({ granted: false });
    expect(world.last('NegotiationFailed')).toMatchObject({ reason: 'refused' });
    expect(world.run('m-first').stopOrdered).toBeUndefined();
  });

  it('waits for its turn behind a mission that gives nothing, unless it is more urgent', async () => {
    const world = await inTheWay(new TalkWorld(), { stance: 'greedy' });
    expect(world.last('NegotiationFailed')).toMatchObject({ reason: 'refused' });
    expect(world.last('LockNegotiationFailed', 'm-second')).toMatchObject({
      with: ['m-first'],
      reason: 'refused',
    });
    expect(world.run('m-first').stopOrdered).toBeUndefined();
    expect(world.ledger.queue).toHaveLength(1);
    const urgent = await inTheWay(new TalkWorld(), { stance: 'greedy', priority: -5 });
    expect(urgent.run('m-first').stopOrdered).toBe('hand_over');
  });

  it('gets at once what a holder that named no files has not touched', async () => {
    const world = new TalkWorld();
    await world.begins(mission('m-first', [], { minutes: 600 }));
    await world.works('m-first', { touched: ['docs/guide.md'], nextCheckpointInMs: 60_000 });
    await world.begins(mission('m-second', ['src/a.ts']));
    expect(world.inLedgerTypes).toContain('LockNarrowed');
    expect(claimableRun(world.mission('m-second'))).toMatchObject({ lock: { granted: true } });
    expect(world.run('m-first')).toMatchObject({
      lock: { granted: true, resources: [expect.stringMatching(/\/main\/docs\/guide\.md$/) as string] },
    });
    expect(world.run('m-first').stopOrdered).toBeUndefined();
  });

  it.each<[string, boolean]>([
    ['has touched nothing yet', true],
    ['is not known to have touched anything', false],
  ])('is not given the branch at once by a greedy mission that %s', async (_what, isAtWork) => {
    const world = new TalkWorld();
    await world.begins(mission('m-first', [], { minutes: 600, stance: 'greedy' }));
    if (isAtWork) await world.works('m-first');
    await world.begins(mission('m-second', ['src/a.ts']));
    expect(world.last('NegotiationFailed')).toMatchObject({ reason: 'refused' });
    expect(world.run('m-first')).toMatchObject({ lock: { granted: true } });
    expect(world.run('m-first').stopOrdered).toBeUndefined();
  });

  it('is never given what its holder has touched', async () => {
    const world = new TalkWorld();
    await world.begins(mission('m-first', [], { minutes: 600 }));
    await world.works('m-first', { touched: ['src/a.ts'], nextCheckpointInMs: 60_000 });
    await world.begins(mission('m-second', ['src/a.ts']));
    expect(world.inLedgerTypes).not.toContain('LockNarrowed');
    expect(world.run('m-first').stopOrdered).toBe('hand_over');
  });

  it('counters a promise that is too late once, and takes it rather than none', async () => {
    const world = new TalkWorld();
    await world.begins(mission('m-first', ['src/**'], { minutes: 600 }));
    await world.works('m-first', { touched: [], nextCheckpointInMs: 1_200_000 });
    await world.begins(mission('m-second', ['src/a.ts']));
    expect(world.inLedgerTypes.slice(-6)).toEqual([
      'NegotiationOpened',
      'ProposalMade',
      'ProposalCountered',
      'ProposalMade',
      'ProposalAccepted',
      'NegotiationSettled',
    ]);
  });

  it('goes on waiting when the holder never answers: the talk fails at its deadline, the queue does not', async () => {
    const world = new TalkWorld();
    world.deaf.add(resourceSubjects.propose);
    await inTheWay(world);
    await world.passes(30_001);
    expect(world.last('NegotiationFailed')).toMatchObject({ reason: 'timeout' });
    expect(world.last('LockNegotiationFailed', 'm-first')).toMatchObject({
      with: ['m-second'],
      reason: 'timeout',
    });
    await turnEnds(world, 'm-first');
    expect(claimableRun(world.mission('m-second'))).toMatchObject({ lock: { granted: true } });
  });

  it('takes no proposal of a grant that has moved on', async () => {
    const world = new TalkWorld();
    world.deaf.add(resourceSubjects.accept);
    await inTheWay(world);
    await turnEnds(world, 'm-first');
    expect(world.inLedgerTypes).not.toContain('NegotiationSettled');
    expect(claimableRun(world.mission('m-second'))).toMatchObject({ lock: { granted: true } });
  });

  it('asks only when it is next in line', async () => {
    const world = await inTheWay(new TalkWorld(), { stance: 'greedy' });
    await world.begins(mission('m-third', ['src/a.ts']));
    expect(world.inLedgerTypes.filter((type) => type === 'NegotiationOpened')).toHaveLength(1);
  });

  it('asks again later when it was refused, since a holder that goes on working can spare more', async () => {
    const world = await inTheWay(new TalkWorld(), { stance: 'greedy' });
    await world.looks();
    expect(world.inLedgerTypes.filter((type) => type === 'NegotiationOpened')).toHaveLength(1);
    await world.passes(301_000);
    await world.looks();
    await world.looks();
    expect(world.inLedgerTypes.filter((type) => type === 'NegotiationOpened')).toHaveLength(2);
    expect(world.last('NegotiationOpened')).toMatchObject({
      negotiationId: expect.stringMatching(/talk-2$/) as string,
    });
  });

  it('asks nobody where talk is switched off', async () => {
    const world = await inTheWay(new TalkWorld(0));
    expect(world.inLedgerTypes).not.toContain('NegotiationOpened');
  });
});

describe('a claim that is no run’s', () => {
  it('is made an offer, and chooses itself', async () => {
    const world = new TalkWorld();
    await world.begins(mission('m-first', ['src/**'], { minutes: 600 }));
    await world.works('m-first');
    const resource = world.run('m-first').lock?.resources[0] ?? '';
    await world.begins({ facts: [], mission: { ...initialMission, id: 'elsewhere' } });
    const work = { id: 'elsewhere/1', expectedMs: 60_000 };
    const claim = { claimId: 'elsewhere/1', owner: { missionId: 'elsewhere' }, ttlMs: 60_000, work };
    await world.hears(resourceSubjects.claim, { ...claim, resources: [{ resource, mode: 'X' }] });
    const negotiation = { negotiationId: 'elsewhere/n1', claimId: claim.claimId, withinMs: 60_000 };
    await world.hears(resourceSubjects.openNegotiation, negotiation);
    expect(world.inLedgerTypes.slice(-2)).toEqual(['NegotiationOpened', 'ProposalMade']);
  });
});

describe('what an agent asks for while its run works', () => {
  /** `m-second` works on its own file, and asks for one that nobody has any more. */
  async function asks(
    world = new TalkWorld(),
  ): Promise<{ readonly world: TalkWorld; readonly claimId: string }> {
    await world.begins(mission('m-first', [], { minutes: 600 }));
    await world.works('m-first', { touched: ['docs/guide.md'], nextCheckpointInMs: 60_000 });
    await world.begins(mission('m-second', ['src/a.ts']));
    await world.works('m-second');
    const { id: runId, token } = world.run('m-second');
    const claimId = askClaim(runId, '1-0a');
    const resource = (world.run('m-first').lock?.resources[0] ?? '').replace('guide.md', 'index.md');
    const wanted = { claimId, resource, mode: 'X', reason: 'It lists the files.' };
    await world.asks('m-second', { type: 'AskForResource', data: { runId, token, ...wanted } });
    return { world, claimId };
  }

  it('is granted beside the run’s own claim when nobody has it', async () => {
    const { world } = await asks();
    expect(world.run('m-second')).toMatchObject({
      status: 'running',
      lock: { granted: true },
      asks: [{ granted: true, token: expect.any(Number) as number }],
    });
  });

  it('is offered to the agent, which chooses', async () => {
    const { world, claimId } = await held();
    const [offer] = world.run('m-second').asks?.[0]?.offers ?? [];
    expect(offer?.offer).toMatch(/^m-first lets m-second have .*guide\.md at its next checkpoint/);
    expect(world.last('LockNegotiationOpened', 'm-first')).toMatchObject({ reason: 'It names the files.' });
    expect(world.inLedgerTypes).not.toContain('ProposalAccepted');
    const { id: runId, token } = world.run('m-second');
    const choice = { runId, token, claimId, proposalId: offer?.proposalId ?? '' };
    await world.asks('m-second', { type: 'ChooseOffer', data: choice });
    expect(world.inLedgerTypes).toContain('NegotiationSettled');
    expect(world.run('m-first').stopOrdered).toBe('hand_over');
    await turnEnds(world, 'm-first');
    expect(world.run('m-second')).toMatchObject({ status: 'running', asks: [{ granted: true }] });
  });

  it('is chosen by the engine when the agent has not before the talk ends', async () => {
    const { world } = await held();
    await world.looks();
    expect(world.inLedgerTypes).not.toContain('ProposalAccepted');
    await world.passes(110_000);
    await world.looks();
    expect(world.inLedgerTypes).toContain('ProposalAccepted');
  });

  it('is given back with the run', async () => {
    const { world, claimId } = await asks();
    await turnEnds(world, 'm-second');
    expect(world.ledger.held.has(claimId)).toBe(false);
    expect(world.ledger.ended.get(claimId)).toMatchObject({ how: 'released' });
  });

  it('that would close a circle of waiting owners is refused, and blocks nobody', async () => {
    const { world, claimId } = await held();
    const { id: runId, token } = world.run('m-first');
    const resource = world.run('m-second').lock?.resources[0] ?? '';
    const wanted = { claimId: askClaim(runId, '1-0b'), resource, mode: 'X', reason: 'Both.' };
    await world.asks('m-first', { type: 'AskForResource', data: { runId, token, ...wanted } });
    const refused = [...(world.run('m-first').asks ?? []), ...(world.run('m-second').asks ?? [])].filter(
      (ask) => ask.refused?.code === 'LOCK_CYCLE',
    );
    expect(refused).toHaveLength(1);
    expect([world.mission('m-first').status, world.mission('m-second').status]).toEqual([
      'running',
      'running',
    ]);
    expect(claimId).toMatch(/ask-/);
  });

  /** The same, for what `m-first` has touched. */
  async function held(): Promise<{ readonly world: TalkWorld; readonly claimId: string }> {
    const world = new TalkWorld();
    await world.begins(mission('m-first', ['docs/**'], { minutes: 600 }));
    await world.works('m-first', { touched: ['docs/guide.md'], nextCheckpointInMs: 60_000 });
    await world.begins(mission('m-second', ['src/a.ts']));
    await world.works('m-second');
    const { id: runId, token } = world.run('m-second');
    const claimId = askClaim(runId, '1-0a');
    const resource = `${world.run('m-first').lock?.resources[0] ?? ''}/guide.md`;
    const wanted = { claimId, resource, mode: 'X', reason: 'It names the files.' };
    await world.asks('m-second', { type: 'AskForResource', data: { runId, token, ...wanted } });
    return { world, claimId };
  }
});

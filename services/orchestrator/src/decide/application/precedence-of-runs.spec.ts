import {
  approved,
  digest,
  handedOff,
  proposal,
  proposalInput,
  sha,
  smallProposal,
  type Creation,
  type History,
} from '@missions/mission/testing';
import { TalkWorld } from '../testing/talk-world.ts';

const minuteMs = 60_000;
const usage = { turns: 1, input: 1, output: 1, cacheRead: 0, cacheWrite: 0, costUsd: 0, unpriced: false };

/** A mission of one feature that touches these files and takes so many minutes. */
function mission(
  missionId: string,
  touches: readonly string[],
  { minutes = 10, ...over }: Creation & { readonly minutes?: number } = {},
): History {
  const small = smallProposal({ touches: [...touches] });
  const plan = { ...small.plan, estimate: { runs: 3, minutes, basis: 'as the case says' } };
  return approved({ missionId, integration: 'shared', ...over }, { ...small, plan });
}

/** A mission whose second feature touches something else than its first. */
function twoFeatures(missionId: string, first: string, second: string, over: Creation = {}): History {
  const { plan } = proposalInput();
  const [one, two, three] = plan.features;
  const features = [
    { ...one, touches: [first] },
    { ...two, touches: [second] },
    { ...three },
  ] as typeof plan.features;
  return approved({ missionId, integration: 'shared', ...over }, proposal({ plan: { ...plan, features } }));
}

async function ends(world: TalkWorld, missionId: string, isDone = false): Promise<void> {
  const { id: runId, token } = world.run(missionId);
  const checkpoint = { sha: sha(9), bundle: digest(), turn: 3 };
  const conclusion = isDone
    ? handedOff(world.mission(missionId))
    : ({ kind: 'ended', state: 'interrupted', checkpoint } as const);
  await world.asks(missionId, { type: 'ConcludeRun', data: { runId, token, conclusion, usage } });
}

/**
 * `m-first` works on the guide and lets `m-second` have what it does not need; without that, `m-second` would not have come to
 * its second feature, on `lib/b.ts`, when `m-third` asks for all of `lib`.
 */
async function secondAtWork({ hasHolder = false } = {}): Promise<TalkWorld> {
  const world = new TalkWorld();
  await world.begins(mission('m-first', [], { minutes: 600, stance: 'greedy' }));
  await world.works('m-first', { touched: ['docs/guide.md'], nextCheckpointInMs: minuteMs });
  if (hasHolder) {
    await world.begins(mission('m-holder', ['lib/**'], { stance: 'greedy' }));
    await world.works('m-holder');
  }
  await world.begins(twoFeatures('m-second', 'src/a.ts', 'lib/b.ts', { stance: 'greedy' }));
  await world.works('m-second');
  await world.passes(minuteMs);
  return world;
}

async function thirdAsks(world: TalkWorld): Promise<void> {
  await world.begins(mission('m-third', ['lib/**'], { stance: 'greedy' }));
  await world.passes(minuteMs);
}

function inLine(world: TalkWorld): readonly string[] {
  return world.ledger.queue.map(({ owner }) => owner.missionId);
}

describe('a run that comes first only because others gave way', () => {
  it('hands over to whom it would have come after, whatever its stance', async () => {
    const world = await secondAtWork();
    await thirdAsks(world);
    await ends(world, 'm-second', true);
    await world.works('m-second');
    expect(world.run('m-second')).toMatchObject({ subject: { feature: 'F-002' }, lock: { granted: true } });
    await world.passes(6 * minuteMs);
    await world.looks();
    expect(world.run('m-second').stopOrdered).toBe('hand_over');
    await ends(world, 'm-second');
    expect(world.run('m-third').lock).toMatchObject({ granted: true });
    // That was no goodwill, so that it may ask again when its time has come.
    expect(world.run('m-second').lock).toMatchObject({ granted: false });
  });

  it.each([
    ['a run', true],
    ['what is asked for ahead', false],
  ])('lets those through who wait behind %s and would have come first', async (_what, isDone) => {
    const world = await secondAtWork({ hasHolder: true });
    if (isDone) await ends(world, 'm-second', true);
    expect(inLine(world)).toEqual(['m-second']);
    await thirdAsks(world);
    expect(inLine(world)).toEqual(['m-third', 'm-second']);
    expect(world.last('LockReleased', 'm-second')).toMatchObject({ letsThrough: 'm-third' });
    await ends(world, 'm-holder', true);
    expect(world.run('m-third').lock).toMatchObject({ granted: true });
  });

  it('keeps its place as long as nobody gave way to it', async () => {
    const world = new TalkWorld();
    await world.begins(mission('m-first', ['lib/**'], { stance: 'greedy' }));
    await world.works('m-first');
    await world.begins(mission('m-second', ['lib/b.ts']));
    await world.begins(mission('m-third', ['lib/**']));
    await world.passes(6 * minuteMs);
    await world.looks();
    expect(inLine(world)).toEqual(['m-second', 'm-third']);
    expect(world.inLedgerTypes).not.toContain('LockWithdrawn');
  });
});

describe('a holder that has given way before', () => {
  /** `m-first` handed over out of goodwill, and goes on after so many minutes; then it is asked once more. */
  async function askedAgainAfter(minutes: number): Promise<TalkWorld> {
    const world = new TalkWorld();
    await world.begins(mission('m-first', ['src/**'], { minutes: 600, stance: 'yielding' }));
    await world.works('m-first');
    await world.begins(mission('m-second', ['src/a.ts']));
    await ends(world, 'm-first');
    await world.works('m-second');
    await world.passes(minutes * minuteMs);
    await ends(world, 'm-second');
    return world;
  }

  it('does so once more as long as that does not delay it too much', async () => {
    const world = await askedAgainAfter(5);
    expect(world.run('m-second').lock).toMatchObject({ granted: true });
    expect(world.run('m-first').lock).toMatchObject({ granted: false });
  });

  it('does not once its mission is as late as it may be', async () => {
    const world = await askedAgainAfter(40);
    expect(world.last('NegotiationFailed')).toMatchObject({ reason: 'refused' });
    expect(world.run('m-first').lock).toMatchObject({ granted: true });
  });
});

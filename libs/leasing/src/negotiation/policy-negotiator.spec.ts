import fc from 'fast-check';
import { leasing } from '../decide.ts';
import { emptyLedger, evolve, type Ledger } from '../ledger.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import { conflicts } from '../queue.ts';
import { alone, wanted } from '../testing/wants.ts';
import type { Want } from '../want.ts';
import { choose, type Need } from './choose-proposal.ts';
import type { Proposal } from './negotiation.ts';
import type { Offer } from './offer.ts';
import { propose } from './policy-negotiator.ts';
import type { Ask, HolderSituation } from './situation.ts';

const at = '2026-01-01T00:00:00.000Z';
const src = 'path:/r/main/src';
const bob = { missionId: 'bob' };
const ask = (...resources: readonly Want[]): Ask => ({ owner: bob, resources, priority: 0 });
const situation = (more: Partial<HolderSituation> = {}): HolderSituation => ({
  resources: alone(src),
  touched: [`${src}/web/page.ts`],
  needed: alone(`${src}/web`),
  stance: 'neutral',
  priority: 0,
  ...more,
});

describe('the policy negotiator of a holder', () => {
  it('narrows to what it touched and still needs, whatever its stance', () => {
    expect(propose(situation({ stance: 'greedy' }), ask(...alone(`${src}/api`)))).toEqual({
      kind: 'narrow',
      keep: alone(`${src}/web`),
    });
  });

  it('keeps what it touched although it needs it no more', () => {
    expect(propose(situation({ needed: [] }), ask(...alone(`${src}/api`)))).toEqual({
      kind: 'narrow',
      keep: alone(`${src}/web/page.ts`),
    });
  });

  it('reads on where it only reads', () => {
    const reading = situation({ touched: [], needed: wanted('S', src) });
    expect(propose(reading, ask(...wanted('S', src)))).toEqual({ kind: 'downgrade', to: 'S' });
  });

  it('shares with one that would do with reading', () => {
    const reading = situation({ touched: ['path:/r/main/docs/x'], needed: wanted('S', src) });
    const held = { ...reading, resources: alone(src, 'path:/r/main/docs') };
    expect(propose(held, { ...ask(...alone(src)), canShare: true })).toEqual({ kind: 'share' });
  });

  it('exchanges what it has not touched for what it waits for', () => {
    const theirs = { claimId: 'b1', token: 7, owner: bob, resources: alone('path:/r/main/docs') };
    const stuck = situation({ touched: [], stance: 'greedy', waitsFor: alone('path:/r/main/docs') });
    const wants = { ...ask(...alone(`${src}/web`)), holds: [theirs] };
    expect(propose(stuck, wants)).toEqual({ kind: 'swap', forClaimId: 'b1', forToken: 7 });
    expect(propose({ ...stuck, touched: [`${src}/web/page.ts`] }, wants)).toMatchObject({ kind: 'refuse' });
    const others = { ...theirs, owner: { missionId: 'eve' } };
    expect(propose(stuck, { ...wants, holds: [others] })).toMatchObject({ kind: 'refuse' });
  });

  it('hands over at its checkpoint when it gives way, and never later than it has promised', () => {
    const wants = { ...ask(...alone(`${src}/web`)), inLineMs: 2 };
    const second = situation({ inLineMs: 1, nextCheckpointInMs: 60_000 });
    expect(propose(second, wants)).toEqual({ kind: 'hand_over_at_checkpoint', withinMs: 90_000 });
    expect(propose({ ...second, promisedInMs: 5000 }, wants)).toMatchObject({ withinMs: 5000 });
  });

  it('names a time for its checkpoint even where it foresees none', () => {
    const wants = { ...ask(...alone(`${src}/web`)), inLineMs: 2 };
    expect(propose(situation({ inLineMs: 1 }), wants)).toMatchObject({ withinMs: 120_000 });
  });

  it('refuses what it needs and does not give way for', () => {
    expect(propose(situation(), ask(...alone(`${src}/web`)))).toMatchObject({ kind: 'refuse' });
  });

  it('gives back at once what it neither touched nor needs', () => {
    const done = situation({ touched: [], needed: [], resources: alone('port:/h/80') });
    expect(propose(done, ask(...alone('port:/h/80')))).toEqual({ kind: 'release_at', inMs: 0 });
  });
});

const resource = fc.constantFrom(
  'repo:/h',
  'path:/h/main/src',
  'path:/h/main/src/api',
  'path:/h/main/src/web',
  'path:/h/main/docs',
  'port:/h/80',
  'env:/h',
);
const mode = fc.constantFrom('S' as const, 'U' as const, 'X' as const);
const wants = fc.array(fc.record({ resource, mode }), { minLength: 1, maxLength: 3 });

it('whatever it knows and is asked, the ledger takes what it offers', () => {
  const facts = fc.record({
    resources: wants,
    asked: wants,
    touched: fc.array(resource, { maxLength: 2 }),
    needed: fc.array(fc.record({ resource, mode }), { maxLength: 2 }),
    stance: fc.constantFrom('greedy' as const, 'neutral' as const, 'yielding' as const),
    priority: fc.integer({ min: -1, max: 1 }),
    nextCheckpointInMs: fc.option(fc.nat({ max: 60_000 }), { nil: undefined }),
    canShare: fc.boolean(),
    inLineMs: fc.integer({ min: -3, max: 3 }),
    remainingMs: fc.nat({ max: 3_600_000 }),
    ownMs: fc.nat({ max: 36_000_000 }),
  });
  const kinds = new Set<string>();
  fc.assert(
    fc.property(facts, ({ resources, asked, nextCheckpointInMs, canShare, ...more }) => {
      const { ledger, token } = contested(resources, asked);
      const [held] = ledger.held.values();
      const [waiting] = ledger.queue;
      fc.pre(held !== undefined && waiting !== undefined);
      const holder: HolderSituation = {
        ...more,
        resources: held.resources,
        ...(nextCheckpointInMs !== undefined && { nextCheckpointInMs }),
      };
      const offer = propose(holder, {
        ...ask(...waiting.resources),
        canShare,
        inLineMs: 1,
        expectedMs: 600_000,
      });
      kinds.add(offer.kind);
      const [made] = decide(ledger, {
        type: 'MakeProposal',
        data: { negotiationId: 'n', proposalId: 'p', holder: { claimId: 'a', token }, offer },
      });
      expect(made?.type).toBe('ProposalMade');
      if (offer.kind === 'refuse') return;
      const after = [made].flatMap((event) => (event ? [event] : [])).reduce(evolve, ledger);
      const accepted = decide(after, {
        type: 'AcceptProposal',
        data: { negotiationId: 'n', proposalId: 'p', by: { claimId: 'b' } },
      });
      expect(accepted.map(({ type }) => type)).toContain('NegotiationSettled');
    }),
    { numRuns: 400 },
  );
  expect(kinds.size).toBeGreaterThanOrEqual(5);
});

/** `a` holds, `b` waits and has asked; the queue is empty when they do not exclude each other. */
function contested(
  resources: readonly Want[],
  asked: readonly Want[],
): { readonly ledger: Ledger; readonly token: number } {
  const claim = (claimId: string, missionId: string, names: readonly Want[]): LeasingCommand => ({
    type: 'RequestClaim',
    data: { claimId, owner: { missionId }, resources: names, ttlMs: 1000 },
  });
  let ledger = apply(emptyLedger, claim('a', 'ada', resources));
  ledger = apply(ledger, claim('b', 'bob', asked));
  const [held] = ledger.held.values();
  const [waiting] = ledger.queue;
  if (held === undefined || waiting === undefined || !conflicts(held, waiting)) return { ledger, token: 0 };
  const open = { negotiationId: 'n', claimId: 'b', withinMs: 60_000 };
  return { ledger: apply(ledger, { type: 'OpenNegotiation', data: open }), token: held.token };
}

function decide(ledger: Ledger, command: LeasingCommand): ReturnType<typeof leasing.decide> {
  return leasing.decide(command, ledger, { at, lockDelayMs: 1000, cycleTalkMs: 1000 });
}

function apply(ledger: Ledger, command: LeasingCommand): Ledger {
  return decide(ledger, command).reduce(evolve, ledger);
}

describe('choosing among proposals', () => {
  const proposal = (proposalId: string, offer: Offer): Proposal => ({
    proposalId,
    from: 'holder',
    holder: { claimId: 'a', token: 2 },
    offer,
    expires: '2026-01-01T00:10:00.000Z',
    madeAt: at,
    state: 'open',
  });
  const soon = proposal('soon', { kind: 'release_at', at: '2026-01-01T00:00:30.000Z' });
  const late = proposal('late', { kind: 'hand_over_at_checkpoint', latestAt: '2026-01-01T00:05:00.000Z' });
  const share = proposal('share', { kind: 'share' });
  const narrow = proposal('narrow', { kind: 'narrow', keep: [...alone(src)] });
  const need: Need = { at, by: '2026-01-01T00:01:00.000Z', canShare: false, gives: [] };

  it('takes the soonest that serves, and of equals what costs least', () => {
    expect(choose([soon, late], need)).toEqual({ kind: 'accept', proposalId: 'soon' });
    expect(choose([soon, share, narrow], { ...need, canShare: true })).toEqual({
      kind: 'accept',
      proposalId: 'narrow',
    });
  });

  it('answers a promise that is too late with its own time', () => {
    expect(choose([late], need)).toEqual({
      kind: 'counter',
      proposalId: 'late',
      offer: { kind: 'hand_over_at_checkpoint', withinMs: 60_000 },
    });
  });

  it('does not take the same promise of the same grant twice, unless it is sooner', () => {
    const before = { ...soon, state: 'accepted' as const };
    const again = { ...need, agreedBefore: [before] };
    expect(choose([soon], again)).toEqual({ kind: 'none' });
    expect(choose([{ ...soon, holder: { claimId: 'a', token: 3 } }], again)).toMatchObject({
      kind: 'accept',
    });
    const sooner = proposal('sooner', { kind: 'release_at', at: '2026-01-01T00:00:10.000Z' });
    expect(choose([sooner], again)).toEqual({ kind: 'accept', proposalId: 'sooner' });
    expect(choose([narrow], again)).toEqual({ kind: 'accept', proposalId: 'narrow' });
  });

  it('exchanges only what it would give', () => {
    const swap = proposal('swap', { kind: 'swap', forClaimId: 'b1', forToken: 7 });
    expect(choose([swap], need)).toEqual({ kind: 'none' });
    expect(choose([swap], { ...need, gives: ['b1'] })).toEqual({ kind: 'accept', proposalId: 'swap' });
  });

  it('takes nothing that would not serve', () => {
    expect(choose([share], need)).toEqual({ kind: 'none' });
    expect(choose([proposal('no', { kind: 'refuse' })], need)).toEqual({ kind: 'none' });
    expect(choose([{ ...soon, state: 'replaced' }], need)).toEqual({ kind: 'none' });
  });
});

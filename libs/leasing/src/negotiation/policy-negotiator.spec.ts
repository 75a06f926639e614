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
import { propose, type Ask, type HolderSituation } from './policy-negotiator.ts';

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

  it('hands over at its checkpoint what it needs itself, or refuses when it is greedy and outranks', () => {
    const busy = { nextCheckpointInMs: 60_000 };
    const wants = ask(...alone(`${src}/web`));
    expect(propose(situation(busy), wants)).toEqual({ kind: 'hand_over_at_checkpoint', withinMs: 90_000 });
    expect(propose(situation({ ...busy, stance: 'greedy' }), wants)).toMatchObject({ kind: 'refuse' });
    expect(propose(situation({ ...busy, stance: 'greedy' }), { ...wants, priority: 1 })).toMatchObject({
      kind: 'hand_over_at_checkpoint',
    });
  });

  it('names a time even without a checkpoint in sight when it is yielding, and none when it is not', () => {
    const wants = ask(...alone(`${src}/web`));
    expect(propose(situation(), wants)).toMatchObject({ kind: 'refuse' });
    expect(propose(situation({ stance: 'yielding' }), wants)).toMatchObject({
      kind: 'hand_over_at_checkpoint',
    });
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
      const offer = propose(holder, { ...ask(...waiting.resources), canShare });
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

  it('takes nothing that would not serve', () => {
    expect(choose([share], need)).toEqual({ kind: 'none' });
    expect(choose([proposal('no', { kind: 'refuse' })], need)).toEqual({ kind: 'none' });
    expect(choose([{ ...soon, state: 'replaced' }], need)).toEqual({ kind: 'none' });
  });
});

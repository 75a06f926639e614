import { deciderSpec } from '@missions/testing/given-when-then';
import type { Claim } from '../claim.ts';
import { leasing, type LeasingContext } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { alone, wanted } from '../testing/wants.ts';
import type { Want } from '../want.ts';
import type { NegotiationOpened } from './negotiation.events.ts';
import type { Offer, OfferInput } from './offer.ts';

const instant = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const at = (second: number): LeasingContext => ({
  at: instant(second),
  lockDelayMs: 10_000,
  cycleTalkMs: 5000,
});
const given = deciderSpec(leasing);

const claim = (claimId: string, ...resources: readonly Want[]): Claim => ({
  claimId,
  owner: { missionId: `mission-of-${claimId}` },
  resources,
  ttlMs: 20_000,
});
const requested = (data: Claim): LeasingEvent => ({
  type: 'LockRequested',
  data: { ...data, requestedAt: instant(0) },
});
const granted = (data: Claim, second = 0): LeasingEvent => ({
  type: 'LockGranted',
  data: { ...data, grantedAt: instant(second) },
});
const held = (data: Claim): readonly LeasingEvent[] => [requested(data), granted(data)];
const holderOf = (data: Claim, token: number) => ({ claimId: data.claimId, token, owner: data.owner });
const released = (data: Claim, token: number, second: number): LeasingEvent => ({
  type: 'LockReleased',
  data: { ...data, token, releasedAt: instant(second) },
});

const src = 'path:/r/main/src';
const ada = claim('ada', ...alone(src));
const bob = claim('bob', ...alone(`${src}/api`));
const n1 = 'bob/1';
const open: LeasingCommand = {
  type: 'OpenNegotiation',
  data: { negotiationId: n1, claimId: 'bob', withinMs: 30_000 },
};
const opening: NegotiationOpened['data'] = {
  negotiationId: n1,
  cause: 'wait',
  claim: bob,
  holders: [holderOf(ada, 2)],
  deadline: instant(30),
  openedAt: instant(0),
};
const openedWith = (more: Partial<NegotiationOpened['data']>): LeasingEvent => ({
  type: 'NegotiationOpened',
  data: { ...opening, ...more },
});
const opened = openedWith({});
const waiting = [...held(ada), requested(bob)];
const talking = [...waiting, opened];

const propose = (proposalId: string, offer: OfferInput, token = 2): LeasingCommand => ({
  type: 'MakeProposal',
  data: { negotiationId: n1, proposalId, holder: { claimId: 'ada', token }, offer },
});
const proposed = (proposalId: string, offer: Offer, expires = instant(30)): LeasingEvent => ({
  type: 'ProposalMade',
  data: {
    negotiationId: n1,
    proposalId,
    holder: { claimId: 'ada', token: 2 },
    offer,
    expires,
    madeAt: instant(1),
  },
});
const counter = (proposalId: string, counters: string, offer: OfferInput): LeasingCommand => ({
  type: 'CounterProposal',
  data: { negotiationId: n1, proposalId, counters, claimId: 'bob', offer },
});
const countered = (proposalId: string, counters: string, offer: Offer): LeasingEvent => ({
  type: 'ProposalCountered',
  data: {
    negotiationId: n1,
    proposalId,
    counters,
    holder: { claimId: 'ada', token: 2 },
    offer,
    expires: instant(30),
    counteredAt: instant(1),
  },
});
const accept = (proposalId: string, token?: number): LeasingCommand => ({
  type: 'AcceptProposal',
  data: {
    negotiationId: n1,
    proposalId,
    by: token === undefined ? { claimId: 'bob' } : { claimId: 'ada', token },
  },
});
const accepted = (proposalId: string, offer: Offer): LeasingEvent => ({
  type: 'ProposalAccepted',
  data: {
    negotiationId: n1,
    proposalId,
    holder: { claimId: 'ada', token: 2 },
    offer,
    acceptedAt: instant(2),
  },
});
const settled = (offer: Offer): LeasingEvent => ({
  type: 'NegotiationSettled',
  data: {
    negotiationId: n1,
    claimId: 'bob',
    commitments: [{ claimId: 'ada', token: 2, offer }],
    settledAt: instant(2),
  },
});
const failed = (reason: 'timeout' | 'refused' | 'stale', second: number, by?: string): LeasingEvent => ({
  type: 'NegotiationFailed',
  data: {
    negotiationId: n1,
    claimId: 'bob',
    reason,
    ...(by !== undefined && { by }),
    failedAt: instant(second),
  },
});
const narrowed = (data: Claim, resources: readonly Want[]): LeasingEvent => ({
  type: 'LockNarrowed',
  data: { ...data, resources, token: 2, narrowedAt: instant(2), negotiationId: n1 },
});

const keepWeb: Offer = { kind: 'narrow', keep: [...alone(`${src}/web`)] };

describe('opening a negotiation', () => {
  it('asks those that hold what the claim waits for, until a deadline', () => {
    given(...waiting)
      .when(open, at(0))
      .then(opened);
  });

  it('happens once for its id, and only one is open for a claim', () => {
    given(...talking)
      .when(open, at(1))
      .thenNothing();
    given(...talking)
      .when({ ...open, data: { ...open.data, negotiationId: 'bob/2' } }, at(1))
      .thenRefuses('NEGOTIATION_OPEN');
    given(...talking, ...held(claim('cyd', ...alone('path:/r/main/docs'))))
      .when({ ...open, data: { ...open.data, claimId: 'cyd' } }, at(1))
      .thenRefuses('NEGOTIATION_REUSED');
  });

  it('is refused to who holds, is unknown, or waits for its turn only', () => {
    const other = (claimId: string): LeasingCommand => ({ ...open, data: { ...open.data, claimId } });
    given(...waiting)
      .when(other('ada'), at(0))
      .thenRefuses('CLAIM_GRANTED');
    given(...waiting)
      .when(other('cyd'), at(0))
      .thenRefuses('UNKNOWN_CLAIM');
    const reader = claim('reader', ...wanted('S', `${src}/x`));
    const writer = claim('writer', ...alone(`${src}/x`, `${src}/y`));
    const behind = claim('behind', ...alone(`${src}/y`));
    given(...held(reader), requested(writer), requested(behind))
      .when(other('behind'), at(0))
      .thenRefuses('NOTHING_TO_NEGOTIATE');
  });

  it('is bounded for one claim', () => {
    const before = Array.from({ length: 8 }, (_, n): readonly LeasingEvent[] => [
      { type: 'NegotiationOpened', data: { ...opening, negotiationId: `b${String(n)}` } },
      {
        type: 'NegotiationFailed',
        data: { negotiationId: `b${String(n)}`, claimId: 'bob', reason: 'refused', failedAt: instant(0) },
      },
    ]).flat();
    given(...waiting, ...before)
      .when(open, at(1))
      .thenRefuses('TOO_MANY_NEGOTIATIONS');
  });
});

describe('a proposal', () => {
  it('stands until the negotiation ends, with durations as instants of the ledger', () => {
    given(...talking)
      .when(propose('p1', { kind: 'release_at', inMs: 9000 }), at(1))
      .then(proposed('p1', { kind: 'release_at', at: instant(10) }));
  });

  it('happens once for its id', () => {
    given(...talking, proposed('p1', keepWeb))
      .when(propose('p1', keepWeb), at(1))
      .thenNothing();
  });

  it('is refused with another token, by somebody else, and about what cannot be kept', () => {
    const narrow = (keep: readonly Want[]): OfferInput => ({ kind: 'narrow', keep });
    given(...talking)
      .when(propose('p1', narrow(alone(`${src}/web`)), 1), at(1))
      .thenRefuses('STALE_TOKEN');
    given(...talking)
      .when(propose('p1', narrow(alone(`${src}/web`)), 9), at(1))
      .thenRefuses('UNKNOWN_TOKEN');
    given(...talking)
      .when(propose('p1', narrow(alone('repo:/r'))), at(1))
      .thenRefuses('OFFER_INVALID');
    given(...talking)
      .when(propose('p1', narrow(alone(src))), at(1))
      .thenRefuses('OFFER_INVALID');
    given(...talking)
      .when(propose('p1', { kind: 'swap', forClaimId: 'bob', forToken: 3 }), at(1))
      .thenRefuses('OFFER_INVALID');
    const cyd = claim('cyd', ...alone('path:/r/main/docs'));
    const stranger = {
      type: 'MakeProposal',
      data: {
        negotiationId: n1,
        proposalId: 'p1',
        holder: { claimId: 'cyd', token: 6 },
        offer: { kind: 'downgrade', to: 'S' },
      },
    } as const;
    given(...talking, ...held(cyd))
      .when(stranger, at(1))
      .thenRefuses('NOT_A_PARTY');
  });

  it('gives nothing up at once whose effects cannot check a token', () => {
    const port = claim('ada', ...alone('port:/h/80', 'port:/h/81'));
    const wants = claim('bob', ...alone('port:/h/80'));
    const history = [...held(port), requested(wants), openedWith({ claim: wants })];
    given(...history)
      .when(propose('p1', { kind: 'narrow', keep: [...alone('port:/h/81')] }), at(1))
      .thenRefuses('OFFER_INVALID');
    given(...history)
      .when(propose('p1', { kind: 'hand_over_at_checkpoint', withinMs: 4000 }), at(1))
      .then(proposed('p1', { kind: 'hand_over_at_checkpoint', latestAt: instant(5) }));
  });

  it('that refuses ends the negotiation, and the claim keeps its place', () => {
    given(...talking)
      .when(propose('p1', { kind: 'refuse' }), at(1))
      .then(proposed('p1', { kind: 'refuse' }), failed('refused', 1, 'ada'));
    given(...talking, failed('refused', 1, 'ada'))
      .when({ type: 'ReleaseClaim', data: { claimId: 'ada', token: 2 } }, at(2))
      .then(released(ada, 2, 2), granted(bob, 2));
  });

  it('is refused after the deadline, whether or not anybody has said that it passed', () => {
    given(...talking)
      .when(propose('p1', keepWeb), at(30))
      .thenRefuses('NEGOTIATION_ENDED');
  });
});

describe('accepting a proposal', () => {
  it('settles the negotiation, does at once what was promised, and grants by the queue', () => {
    given(...talking, proposed('p1', keepWeb))
      .when(accept('p1'), at(2))
      .then(accepted('p1', keepWeb), settled(keepWeb), narrowed(ada, alone(`${src}/web`)), granted(bob, 2));
  });

  it('turns a writer into a reader for one who reads', () => {
    const reader = claim('bob', ...wanted('S', `${src}/api`));
    const toRead: Offer = { kind: 'downgrade', to: 'S' };
    given(...held(ada), requested(reader), openedWith({ claim: reader }), proposed('p1', toRead))
      .when(accept('p1'), at(2))
      .then(accepted('p1', toRead), settled(toRead), narrowed(ada, wanted('S', src)), granted(reader, 2));
  });

  it('of sharing makes both read what both name', () => {
    const share: Offer = { kind: 'share' };
    const reading = { ...bob, resources: wanted('S', `${src}/api`) };
    given(...talking, proposed('p1', share))
      .when(accept('p1'), at(2))
      .then(
        accepted('p1', share),
        settled(share),
        narrowed(ada, wanted('S', src)),
        {
          type: 'LockRequestNarrowed',
          data: { ...reading, narrowedAt: instant(2), negotiationId: n1 },
        },
        granted(reading, 2),
      );
  });

  it('of sharing does not make a repeat of the request something else, while it waits and when it holds', () => {
    const other = claim('cyd', ...wanted('S', `${src}/api`));
    const writer = claim('eve', ...alone(`${src}/api`));
    const narrower: LeasingEvent = {
      type: 'LockRequestNarrowed',
      data: { ...bob, resources: other.resources, narrowedAt: instant(1), negotiationId: n1 },
    };
    const request: LeasingCommand = { type: 'RequestClaim', data: bob };
    const history = [...held(writer), requested(bob), narrower];
    given(...history)
      .when(request, at(2))
      .thenNothing();
    given(...history, released(writer, 2, 2), granted({ ...bob, resources: other.resources }, 2))
      .when(request, at(3))
      .thenNothing();
    given(...history)
      .when({ ...request, data: { ...bob, resources: other.resources } }, at(2))
      .thenRefuses('CLAIM_REUSED');
  });

  it('grants nothing by itself: a promise for later leaves the claim in its place', () => {
    const later: Offer = { kind: 'release_at', at: instant(20) };
    given(...talking, proposed('p1', later))
      .when(accept('p1'), at(2))
      .then(accepted('p1', later), settled(later));
  });

  it('lets nobody overtake: who came before is granted first', () => {
    const cyd = claim('cyd', ...alone(`${src}/api`));
    given(...held(ada), requested(cyd), requested(bob), opened, proposed('p1', keepWeb))
      .when(accept('p1'), at(2))
      .then(accepted('p1', keepWeb), settled(keepWeb), narrowed(ada, alone(`${src}/web`)), granted(cyd, 2));
  });

  it('waits for everybody in the way', () => {
    const eve = claim('eve', ...alone('path:/r/main/docs'));
    const both = claim('bob', ...alone(src, 'path:/r/main/docs'));
    const of = (proposalId: string, holder: { claimId: string; token: number }): LeasingEvent => ({
      type: 'ProposalMade',
      data: {
        negotiationId: n1,
        proposalId,
        holder,
        offer: { kind: 'release_at', at: instant(9) },
        expires: instant(30),
        madeAt: instant(1),
      },
    });
    const history = [
      ...held(ada),
      ...held(eve),
      requested(both),
      openedWith({ claim: both, holders: [holderOf(ada, 2), holderOf(eve, 4)] }),
      of('pa', { claimId: 'ada', token: 2 }),
      of('pe', { claimId: 'eve', token: 4 }),
    ];
    const first = given(...history)
      .when(accept('pa'), at(2))
      .facts();
    expect(first.map(({ type }) => type)).toEqual(['ProposalAccepted']);
    const second = given(...history, ...first)
      .when(accept('pe'), at(2))
      .facts();
    expect(second.map(({ type }) => type)).toEqual(['ProposalAccepted', 'NegotiationSettled']);
  });

  it('is refused when the grant has moved on, the proposal ran out or was replaced', () => {
    given(...talking, proposed('p1', keepWeb, instant(2)))
      .when(accept('p1'), at(2))
      .thenRefuses('PROPOSAL_STALE');
    given(...talking, proposed('p1', keepWeb), proposed('p2', { kind: 'release_at', at: instant(9) }))
      .when(accept('p1'), at(2))
      .thenRefuses('PROPOSAL_STALE');
    const elsewhere: LeasingEvent = {
      type: 'LockNarrowed',
      data: { ...ada, resources: alone(`${src}/api`), token: 2, narrowedAt: instant(1) },
    };
    given(...talking, proposed('p1', keepWeb), elsewhere)
      .when(accept('p1'), at(2))
      .thenRefuses('PROPOSAL_STALE');
  });

  it('is refused about a grant that ended', () => {
    const history = [
      ...held(ada),
      ...held(claim('eve', ...wanted('S', 'path:/r/main/docs'))),
      requested({ ...bob, resources: alone(src, 'path:/r/main/docs') }),
      openedWith({ holders: [holderOf(ada, 2), holderOf(claim('eve'), 4)] }),
      proposed('p1', keepWeb),
      released(ada, 2, 1),
    ] as const satisfies readonly LeasingEvent[];
    given(...history)
      .when(accept('p1'), at(2))
      .thenRefuses('PROPOSAL_STALE');
  });

  it('is for the other side alone, and happens once', () => {
    given(...talking, proposed('p1', keepWeb))
      .when(accept('p1', 2), at(2))
      .thenRefuses('NOT_A_PARTY');
    given(...talking, proposed('p1', keepWeb))
      .when(accept('p9'), at(2))
      .thenRefuses('UNKNOWN_PROPOSAL');
    const history = [...talking, proposed('p1', keepWeb)];
    const facts = given(...history)
      .when(accept('p1'), at(2))
      .facts();
    given(...history, ...facts)
      .when(accept('p1'), at(3))
      .thenNothing();
  });
});

describe('a counter', () => {
  const soon: Offer = { kind: 'release_at', at: instant(4) };
  const late = proposed('p1', { kind: 'release_at', at: instant(25) });

  it('asks a holder for other terms, which it may take', () => {
    given(...talking, late)
      .when(counter('c1', 'p1', { kind: 'release_at', inMs: 3000 }), at(1))
      .then(countered('c1', 'p1', soon));
    given(...talking, late, countered('c1', 'p1', soon))
      .when(accept('c1', 2), at(2))
      .then(accepted('c1', soon), settled(soon));
  });

  it('cannot be taken by who made it', () => {
    given(...talking, late, countered('c1', 'p1', soon))
      .when(accept('c1'), at(2))
      .thenRefuses('NOT_A_PARTY');
  });

  it('may be made three times', () => {
    const rounds = [1, 2, 3].flatMap((n) => [
      proposed(`p${n}`, { kind: 'release_at', at: instant(25) }),
      countered(`c${n}`, `p${n}`, soon),
    ]);
    given(...talking, ...rounds, proposed('p4', { kind: 'release_at', at: instant(25) }))
      .when(counter('c4', 'p4', { kind: 'release_at', inMs: 1 }), at(1))
      .thenRefuses('ROUNDS_EXHAUSTED');
    given(...talking, ...rounds, proposed('p4', { kind: 'release_at', at: instant(25) }))
      .when(propose('p5', { kind: 'release_at', inMs: 1 }), at(1))
      .thenRefuses('ROUNDS_EXHAUSTED');
  });

  it('answers an open proposal of a holder', () => {
    given(...talking, late, countered('c1', 'p1', soon))
      .when(counter('c2', 'p1', { kind: 'release_at', inMs: 1 }), at(1))
      .thenRefuses('PROPOSAL_STALE');
  });
});

describe('a negotiator that never answers', () => {
  it('has refused when the deadline has passed; the queue goes on', () => {
    given(...talking)
      .when({ type: 'ServeQueue', data: {} }, at(30))
      .then(failed('timeout', 30));
    given(...talking, failed('timeout', 30))
      .when({ type: 'ReleaseClaim', data: { claimId: 'ada', token: 2 } }, at(31))
      .then(released(ada, 2, 31), granted(bob, 31));
  });

  it('has nothing more to say when its grant has ended', () => {
    given(...talking)
      .when({ type: 'ReleaseClaim', data: { claimId: 'ada', token: 2 } }, at(3))
      .then(released(ada, 2, 3), granted(bob, 3), failed('stale', 3));
  });
});

describe('a promise for later', () => {
  const later: Offer = { kind: 'hand_over_at_checkpoint', latestAt: instant(20) };
  const promised = [...talking, proposed('p1', later), accepted('p1', later), settled(later)];

  it('is enforced as an expiry that names the negotiation', () => {
    given(...promised)
      .when({ type: 'ExpireLease', data: { claimId: 'ada', token: 2 } }, at(20))
      .then(
        {
          type: 'LockExpired',
          data: { ...ada, token: 2, expiredAt: instant(20), closed: [], negotiationId: n1 },
        },
        granted(bob, 20),
      );
  });
});

describe('a circle of owners', () => {
  it('talks about what somebody of it waits for, and about nothing else that they hold', () => {
    const docs = { ...claim('ada-docs', ...alone('path:/r/main/docs')), owner: ada.owner };
    const lib = { ...claim('bob-lib', ...alone('path:/r/main/lib')), owner: bob.owner };
    const wantsLib = { ...claim('ada-lib', ...lib.resources), owner: ada.owner };
    const [, talk] = given(...held(docs), ...held(ada), ...held(lib), requested(wantsLib))
      .when({ type: 'RequestClaim', data: bob }, at(0))
      .facts();
    expect(talk).toMatchObject({ data: { cause: 'cycle', holders: [holderOf(ada, 4)] } });
  });
});

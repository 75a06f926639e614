import fc from 'fast-check';
import { fold } from '@missions/kernel';
import { leasingCommandSchema, type LeasingCommand } from './leasing.commands.ts';
import { leasingEventSchema, type LeasingEvent } from './leasing.events.ts';
import { emptyLedger, evolve, type HeldClaim, type Ledger } from './ledger.ts';
import { commitmentOf } from './negotiation/negotiation.ts';
import { unitsOf } from './pool.ts';
import { conflicts, upgraded } from './queue.ts';
import { decided, instant, play, pool, type Decides, type Moment } from './testing/histories.ts';
import type { Step } from './testing/steps.ts';
import { ledgerLaws } from './testing/ledger-laws.ts';
import { unguarded } from './testing/unguarded.ts';
import type { Want } from './want.ts';

const resource = fc.constantFrom(
  'repo:/r',
  'branch:/r/main',
  'path:/r/main/src',
  'path:/r/main/src/api',
  'path:/r/main/src/api/*.ts',
  'path:/r/main/docs',
  'path:/r/next/src',
  'port:/r/80',
  'port:/r/81',
  'env:/r',
);
const want = fc.oneof(
  { weight: 5, arbitrary: fc.record({ resource, mode: fc.constantFrom('S', 'U', 'X') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      resource: fc.constant(pool),
      mode: fc.constant('X'),
      units: fc.integer({ min: 1, max: 4 }),
    }),
  },
) satisfies fc.Arbitrary<Want>;
const claimId = fc.integer({ min: 0, max: 11 }).map((n) => `c${String(n)}`);
const tokenOffset = fc.constantFrom(0, 0, 0, 0, -1, 1);

const claiming = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      claimId,
      owner: fc.constantFrom('ada', 'bob', 'cyd', 'dan'),
      resources: fc.array(want, { minLength: 1, maxLength: 3 }),
      priority: fc.integer({ min: -1, max: 1 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('release' as const, 'expire' as const, 'upgrade' as const),
      claimId,
      tokenOffset,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), claimId }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('narrow' as const),
      claimId,
      keep: fc.nat({ max: 2 }),
      mode: fc.constantFrom('S', 'U', 'X'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('size' as const), capacity: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('serve' as const) }) },
);

/** What a holder of `keep` and `mode` may offer; some of it cannot be kept and is refused. */
const offerKind = fc.constantFrom(
  'narrow' as const,
  'downgrade' as const,
  'share' as const,
  'swap' as const,
  'release_at' as const,
  'hand_over_at_checkpoint' as const,
  'refuse' as const,
);
// Parties are picked by their place among those there are, so that most of what is said reaches somebody.
const party = fc.nat({ max: 7 });
const talking = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      waiter: party,
      withinS: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('propose' as const),
      talk: party,
      holder: party,
      offer: offerKind,
      keep: fc.nat({ max: 2 }),
      tokenOffset,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('counter' as const), talk: party, proposal: party, inS: party }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('accept' as const), talk: party, proposal: party }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), talk: party }) },
);

const intervening = fc.oneof(
  fc.record({ kind: fc.constant('revoke' as const), holder: party, confirm: fc.boolean() }),
  fc.record({ kind: fc.constant('extend' as const), holder: party }),
  fc.record({ kind: fc.constant('move' as const), waiter: party, before: fc.option(party) }),
);

/** Two owners in a circle, which chance alone hardly ever makes. */
const circle: readonly Step[] = (
  [
    ['c0', 'ada', 'path:/r/main/src'],
    ['c1', 'bob', 'path:/r/main/docs'],
    ['c2', 'ada', 'path:/r/main/docs'],
    ['c3', 'bob', 'path:/r/main/src'],
  ] as const
).map(([id, owner, name]) => ({
  kind: 'request',
  claimId: id,
  owner,
  resources: [{ resource: name, mode: 'X' }],
  priority: 0,
}));

const exchange: readonly Step[] = [
  { kind: 'propose', talk: 0, holder: 0, offer: 'swap', keep: 0, tokenOffset: 0 },
  { kind: 'accept', talk: 0, proposal: 0 },
];

/** A reader that waits for a writer, and what they agree on. */
const agreement: fc.Arbitrary<readonly Step[]> = offerKind.map((offer) => [
  {
    kind: 'request',
    claimId: 'c0',
    owner: 'ada',
    resources: [{ resource: 'path:/r/main/src', mode: 'X' }],
    priority: 0,
  },
  {
    kind: 'request',
    claimId: 'c1',
    owner: 'bob',
    resources: [{ resource: 'path:/r/main/src/api', mode: 'S' }],
    priority: 0,
  },
  { kind: 'open', waiter: 0, withinS: 30 },
  { kind: 'propose', talk: 0, holder: 0, offer, keep: 1, tokenOffset: 0 },
  { kind: 'accept', talk: 0, proposal: 0 },
]);

const histories: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.constantFrom(circle, [...circle, ...exchange]) },
      { weight: 2, arbitrary: agreement },
    ),
    fc.array(
      fc.oneof(
        { weight: 10, arbitrary: claiming },
        { weight: 9, arbitrary: talking },
        { weight: 1, arbitrary: intervening },
      ),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
  )
  .map(([first, then]) => [...first, ...then]);
const holdsFor = (check: (moments: readonly Moment[]) => void): void => {
  fc.assert(
    fc.property(histories, (steps) => {
      check(play(steps));
    }),
    { numRuns: 150 },
  );
};

describe('whatever is asked of a ledger', () => {
  it('no more units of a pool are granted than it has', () => {
    holdsFor((moments) => {
      for (const { before, after, events } of moments) {
        const taken = (ledger: Ledger): number =>
          [...ledger.held.values()].reduce((sum, held) => sum + unitsOf(held, pool), 0);
        const grew = taken(after) > taken(before);
        if (grew) expect(taken(after)).toBeLessThanOrEqual(after.pools.get(pool) ?? 0);
        expect(events.some((event) => event.type === 'LockGranted') || !grew).toBe(true);
      }
    });
  });

  it('who upgraded is alone with it, and nobody new reads beside one that waits to', () => {
    holdsFor((moments) => {
      for (const { before, after, events } of moments)
        for (const event of events) {
          if (event.type === 'LockUpgraded')
            expect(event.data.resources.some(({ mode }) => mode === 'U')).toBe(false);
          if (event.type !== 'LockGranted') continue;
          const pending = [...before.held.values()].filter(
            ({ claimId, upgradeRequestedAt }) =>
              upgradeRequestedAt !== undefined && after.held.get(claimId)?.upgradeRequestedAt !== undefined,
          );
          expect(pending.some((holder) => conflicts(upgraded(holder), event.data))).toBe(false);
        }
    });
  });

  it('nobody waits for nothing: after a decision every waiter has someone or something in its way', () => {
    holdsFor((moments) => {
      for (const { after, at, events } of moments) {
        if (events.length === 0) continue;
        for (const holder of after.held.values()) {
          if (holder.upgradeRequestedAt === undefined) continue;
          const readers = [...after.held.values()].some((other) => conflicts(other, upgraded(holder)));
          expect(readers).toBe(true);
        }
        for (const [place, waiting] of after.queue.entries()) {
          const holders = [...after.held.values()].map((held) =>
            held.upgradeRequestedAt === undefined ? held : upgraded(held),
          );
          const inTheWay = [...holders, ...after.queue.slice(0, place)].some(
            (one) => conflicts(one, waiting) || (unitsOf(one, pool) > 0 && unitsOf(waiting, pool) > 0),
          );
          const closed = after.closures.some(({ until }) => until > at);
          expect(inTheWay || closed).toBe(true);
        }
      }
    });
  });

  it('owners never wait for each other in a circle: releasing what is held serves everybody in the end', () => {
    holdsFor((moments) => {
      let ledger = moments.at(-1)?.after ?? emptyLedger;
      for (let round = 0; round < 100 && waitingOwners(ledger).length > 0; round += 1) {
        const held = [...ledger.held.values()];
        const idle = held.find(({ owner }) => !waitingOwners(ledger).includes(owner.missionId));
        const promised = held.find(({ claimId: id }) => commitmentOf(ledger.talk, id) !== undefined);
        const command = endOf(promised, 'ExpireLease') ?? endOf(idle, 'ReleaseClaim') ?? serveQueue;
        const at = instant(1_000_000 + round * 10);
        ledger = decided(command, ledger, { at }).reduce(evolve, ledger);
      }
      expect(waitingOwners(ledger)).toEqual([]);
    });
  });

  it('a repeat of what was just accepted changes nothing', () => {
    holdsFor((moments) => {
      for (const { command, after, at, events } of moments) {
        // An extension counts from when it is asked for; a repeat of it is known by the ids of its events.
        if (events.length === 0 || command.type === 'ExtendLease') continue;
        expect(decided(command, after, { at })).toEqual([]);
      }
    });
  });

  it('commands and events keep the forms that are written down', () => {
    holdsFor((moments) => {
      for (const { command, events } of moments) {
        expect(leasingCommandSchema.safeParse(command).success).toBe(true);
        for (const event of events) expect(leasingEventSchema.parse(event)).toEqual(event);
      }
    });
  });

  it('folding never throws, in any order and with events of an unknown type, and counts every event', () => {
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.nat()), (steps, random) => {
        const events = play(steps).flatMap((moment) => moment.events);
        const strange = { type: 'LockPolished', data: {} } as unknown as LeasingEvent;
        const shuffled = [...events, strange]
          .map((event) => ({ event, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event);
        expect(fold(evolve, emptyLedger, shuffled).version).toBe(shuffled.length);
      }),
    );
  });
});

const serveQueue: LeasingCommand = { type: 'ServeQueue', data: {} };

function endOf(
  held: HeldClaim | undefined,
  type: 'ExpireLease' | 'ReleaseClaim',
): LeasingCommand | undefined {
  return held && { type, data: { claimId: held.claimId, token: held.token } };
}

/** Owners that wait in the queue, or to be alone with what they hold. */
function waitingOwners({ queue, held }: Ledger): readonly string[] {
  const upgrading = [...held.values()].filter(({ upgradeRequestedAt }) => upgradeRequestedAt !== undefined);
  return [...queue, ...upgrading].map(({ owner }) => owner.missionId);
}

const numRuns = 150;

/** What a law says about many histories under a decider: nothing, or the shortest history that breaks it. */
function broken(law: keyof typeof ledgerLaws, decider?: Decides): string | undefined {
  const outcome = fc.check(
    fc.property(histories, (steps) => {
      const [fault] = ledgerLaws[law](play(steps, decider));
      if (fault !== undefined) throw new Error(fault);
    }),
    { numRuns: decider === undefined ? numRuns : 4000 },
  );
  return outcome.failed ? String(outcome.errorInstance) : undefined;
}

describe('every history of a ledger, with claims, talk and people in it', () => {
  it.each(Object.keys(ledgerLaws) as (keyof typeof ledgerLaws)[])('keeps the law of %s', (law) => {
    expect(broken(law)).toBeUndefined();
  });
});

describe('a ledger without one of its guards', () => {
  it('lets a holder act with a token that is not its own', () => {
    expect(broken('ownTokens', unguarded.tokenCheck)).toContain('with another token');
  });

  it('lets somebody overtake', () => {
    expect(broken('noOvertaking', unguarded.noOvertaking)).toContain('overtook');
  });

  it('grants what is still in use by one that cannot be fenced', () => {
    expect(broken('lockDelay', unguarded.lockDelay)).toContain('while it was closed');
  });
});

it('the histories reach what the laws are about', () => {
  const seen = new Set<string>();
  const kinds = new Set<string>();
  for (const steps of fc.sample(histories, { seed: 7, numRuns: 600 }))
    for (const { type, data } of play(steps).flatMap(({ events }) => events)) {
      seen.add(type);
      if (type === 'NegotiationSettled') for (const { offer } of data.commitments) kinds.add(offer.kind);
    }
  expect([...seen].sort()).toEqual(leasingEventSchema.options.map(({ shape }) => shape.type.value).sort());
  expect([...kinds].sort()).toEqual([
    'downgrade',
    'hand_over_at_checkpoint',
    'narrow',
    'release_at',
    'share',
    'swap',
  ]);
});

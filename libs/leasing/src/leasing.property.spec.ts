import fc from 'fast-check';
import { fold, isRefusal } from '@missions/kernel';
import { leasing } from './decide.ts';
import { leasingCommandSchema, type LeasingCommand } from './leasing.commands.ts';
import { leasingEventSchema, type LeasingEvent } from './leasing.events.ts';
import { emptyLedger, evolve, type Ledger } from './ledger.ts';
import { atLeast } from './mode.ts';
import { unitsOf } from './pool.ts';
import { conflicts, upgraded } from './queue.ts';
import type { Want } from './want.ts';

const lockDelayMs = 3000;
const instant = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

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
const pool = 'pool:/r/gpu';
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
const claimId = fc.integer({ min: 0, max: 11 }).map((n) => `c${n}`);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      claimId,
      owner: fc.constantFrom('ada', 'bob', 'cyd', 'dan'),
      resources: fc.array(want, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('release' as const, 'expire' as const, 'upgrade' as const),
      claimId,
      tokenOffset: fc.constantFrom(0, 0, 0, 0, -1, 1),
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
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

// Releases and expiries aim at the real token, one below or one above it.
function commandOf(one: Step, ledger: Ledger): LeasingCommand {
  switch (one.kind) {
    case 'request':
      return {
        type: 'RequestClaim',
        data: {
          claimId: one.claimId,
          owner: { missionId: one.owner },
          resources: one.resources,
          ttlMs: 1000,
        },
      };
    case 'release':
    case 'expire': {
      const token = Math.max(1, (ledger.held.get(one.claimId)?.token ?? 1) + one.tokenOffset);
      return {
        type: one.kind === 'release' ? 'ReleaseClaim' : 'ExpireLease',
        data: { claimId: one.claimId, token },
      };
    }
    case 'upgrade': {
      const token = Math.max(1, (ledger.held.get(one.claimId)?.token ?? 1) + one.tokenOffset);
      return { type: 'UpgradeClaim', data: { claimId: one.claimId, token } };
    }
    case 'narrow': {
      const held = ledger.held.get(one.claimId);
      const kept = held?.resources[one.keep % held.resources.length] ?? { resource: pool, mode: 'X' };
      const mode = kept.units === undefined && atLeast(kept.mode, one.mode) ? one.mode : kept.mode;
      const data = { claimId: one.claimId, token: held?.token ?? 1, resources: [{ ...kept, mode }] };
      return { type: 'NarrowClaim', data };
    }
    case 'size':
      return { type: 'SizePool', data: { resource: pool, capacity: one.capacity } };
    case 'withdraw':
      return { type: 'WithdrawClaim', data: { claimId: one.claimId } };
    case 'serve':
      return { type: 'ServeQueue', data: {} };
  }
}

interface Moment {
  readonly before: Ledger;
  readonly after: Ledger;
  readonly at: string;
  readonly command: LeasingCommand;
  readonly events: readonly LeasingEvent[];
}

function play(steps: readonly Step[]): readonly Moment[] {
  let before = emptyLedger;
  return steps.map((one, second) => {
    const command = commandOf(one, before);
    const at = instant(second);
    const events = decided(command, before, at);
    const moment = { before, after: events.reduce(evolve, before), at, command, events };
    before = moment.after;
    return moment;
  });
}

function decided(command: LeasingCommand, ledger: Ledger, at: string): readonly LeasingEvent[] {
  try {
    return leasing.decide(command, ledger, { at, lockDelayMs, cycleTalkMs: 5000 });
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

const histories = fc.array(step, { minLength: 1, maxLength: 60 });
const holdsFor = (check: (moments: readonly Moment[]) => void): void => {
  fc.assert(
    fc.property(histories, (steps) => {
      check(play(steps));
    }),
    { numRuns: 300 },
  );
};

describe('whatever is asked of a ledger', () => {
  it('no two conflicting claims are ever held', () => {
    holdsFor((moments) => {
      for (const { after } of moments) {
        const held = [...after.held.values()];
        expect(held.some((one, i) => held.slice(i + 1).some((other) => conflicts(one, other)))).toBe(false);
      }
    });
  });

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

  it('tokens strictly increase and are the versions of their grants', () => {
    holdsFor((moments) => {
      let newest = 0;
      for (const { before, events, after } of moments) {
        events.forEach((event, index) => {
          if (event.type !== 'LockGranted') return;
          const version = before.version + index + 1;
          expect(version).toBeGreaterThan(newest);
          expect(after.held.get(event.data.claimId)?.token).toBe(version);
          newest = version;
        });
      }
    });
  });

  it('nobody is granted before an earlier claim it conflicts with', () => {
    holdsFor((moments) => {
      for (const { after, events } of moments) {
        for (const grant of events.filter((event) => event.type === 'LockGranted')) {
          const waitedLonger = after.queue.filter(
            (waiting) => orderOf(moments, waiting.claimId) < orderOf(moments, grant.data.claimId),
          );
          const passed = waitedLonger.filter(
            (waiting) =>
              conflicts(waiting, grant.data) ||
              (waiting.owner.missionId !== grant.data.owner.missionId &&
                unitsOf(waiting, pool) > 0 &&
                unitsOf(grant.data, pool) > 0),
          );
          expect(passed).toEqual([]);
        }
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

  it('nothing closed is granted before its time', () => {
    holdsFor((moments) => {
      const opensAt = new Map<string, string>();
      for (const { event, at } of moments.flatMap(({ events, at }) =>
        events.map((event) => ({ event, at })),
      )) {
        if (event.type === 'LockExpired') {
          for (const closure of event.data.closed) opensAt.set(closure.resource, closure.until);
        }
        if (event.type === 'LockGranted') {
          expect(
            event.data.resources.filter(
              ({ resource: name, units }) => units === undefined && (opensAt.get(name) ?? '') > at,
            ),
          ).toEqual([]);
        }
      }
    });
  });

  it('owners never wait for each other in a circle: releasing what is held serves everybody in the end', () => {
    holdsFor((moments) => {
      let ledger = moments.at(-1)?.after ?? emptyLedger;
      const later = instant(1_000_000);
      for (let round = 0; round < 100 && waitingOwners(ledger).length > 0; round += 1) {
        const idle = [...ledger.held.values()].find(
          (held) => !waitingOwners(ledger).includes(held.owner.missionId),
        );
        const command: LeasingCommand = idle
          ? { type: 'ReleaseClaim', data: { claimId: idle.claimId, token: idle.token } }
          : { type: 'ServeQueue', data: {} };
        ledger = decided(command, ledger, later).reduce(evolve, ledger);
      }
      expect(waitingOwners(ledger)).toEqual([]);
    });
  });

  it('a repeat of what was just accepted changes nothing', () => {
    holdsFor((moments) => {
      for (const { command, after, at, events } of moments) {
        if (events.length === 0) continue;
        expect(decided(command, after, at)).toEqual([]);
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

/** Owners that wait in the queue, or to be alone with what they hold. */
function waitingOwners({ queue, held }: Ledger): readonly string[] {
  const upgrading = [...held.values()].filter(({ upgradeRequestedAt }) => upgradeRequestedAt !== undefined);
  return [...queue, ...upgrading].map(({ owner }) => owner.missionId);
}

function orderOf(moments: readonly Moment[], claim: string): number {
  const events = moments.flatMap((moment) => moment.events);
  return events.findIndex((event) => event.type === 'LockRequested' && event.data.claimId === claim);
}

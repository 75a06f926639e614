import { deciderSpec } from '@missions/testing';
import type { Claim } from './claim.ts';
import { leasing, type LeasingContext } from './decide.ts';
import type { LeasingCommand } from './leasing.commands.ts';
import type { LeasingEvent } from './leasing.events.ts';
import { alone } from './testing/wants.ts';

const t0 = '2026-01-01T00:00:00.000Z';
const t5 = '2026-01-01T00:00:05.000Z';
const t10 = '2026-01-01T00:00:10.000Z';
const now: LeasingContext = { at: t0, lockDelayMs: 10_000, cycleTalkMs: 5000 };
const at = (instant: string): LeasingContext => ({ ...now, at: instant });
const given = deciderSpec(leasing);

const claim = (claimId: string, ...resources: readonly string[]): Claim => ({
  claimId,
  owner: { missionId: `mission-of-${claimId}` },
  resources: alone(...resources),
  ttlMs: 20_000,
});
const ofOwner = (missionId: string, base: Claim): Claim => ({ ...base, owner: { missionId } });

const request = (data: Claim): LeasingCommand => ({
  type: 'RequestClaim',
  data: { ...data, resources: [...data.resources] },
});
const release = (claimId: string, token: number): LeasingCommand => ({
  type: 'ReleaseClaim',
  data: { claimId, token },
});
const withdraw = (claimId: string): LeasingCommand => ({ type: 'WithdrawClaim', data: { claimId } });
const expire = (claimId: string, token: number): LeasingCommand => ({
  type: 'ExpireLease',
  data: { claimId, token },
});
const serve: LeasingCommand = { type: 'ServeQueue', data: {} };

const requested = (data: Claim, instant = t0): LeasingEvent => ({
  type: 'LockRequested',
  data: { ...data, requestedAt: instant },
});
const granted = (data: Claim, instant = t0): LeasingEvent => ({
  type: 'LockGranted',
  data: { ...data, grantedAt: instant },
});
const released = (data: Claim, token: number): LeasingEvent => ({
  type: 'LockReleased',
  data: { ...data, token, releasedAt: t0 },
});
const withdrawn = (data: Claim): LeasingEvent => ({
  type: 'LockWithdrawn',
  data: { ...data, withdrawnAt: t0 },
});
const expired = (data: Claim, token: number, ...closed: readonly string[]): LeasingEvent => ({
  type: 'LockExpired',
  data: { ...data, token, expiredAt: t0, closed: closed.map((resource) => ({ resource, until: t10 })) },
});

const src = claim('src', 'path:/r/main/src');
const api = claim('api', 'path:/r/main/src/api');
const docs = claim('docs', 'path:/r/main/docs');
const both = claim('both', 'path:/r/main/docs', 'path:/r/main/src');
const port = claim('port', 'port:/h/8080');
const samePort = claim('same-port', 'port:/h/8080');

const held = (data: Claim): readonly LeasingEvent[] => [requested(data), granted(data)];

describe('requesting a claim', () => {
  it('grants what nobody holds', () => {
    given().when(request(src), now).then(requested(src), granted(src));
  });

  it('grants what lies beside a held resource', () => {
    given(...held(src))
      .when(request(docs), now)
      .then(requested(docs), granted(docs));
  });

  it('queues what is held, or lies below or above it', () => {
    given(...held(src))
      .when(request(api), now)
      .then(requested(api));
    given(...held(api))
      .when(request(src), now)
      .then(requested(src));
  });

  it('locks what a pattern covers', () => {
    const pattern = claim('p', 'path:/r/main/src/**/*.ts');
    const prefix = claim('p', 'path:/r/main/src');
    given().when(request(pattern), now).then(requested(prefix), granted(prefix));
  });

  it('grants several resources together or not at all', () => {
    given(...held(src))
      .when(request(both), now)
      .then(requested(both));
  });

  it('lets nobody overtake: what an earlier waiter needs is not given to a later one', () => {
    given(...held(src), requested(both))
      .when(request(docs), now)
      .then(requested(docs));
  });

  it('lets a later one pass an earlier waiter it does not disturb', () => {
    given(...held(src), requested(api))
      .when(request(docs), now)
      .then(requested(docs), granted(docs));
  });

  it('ignores a repeat while it waits, while it holds, and in another spelling', () => {
    given(...held(src))
      .when(request(src), now)
      .thenNothing();
    given(...held(src), requested(api))
      .when(request(api), now)
      .thenNothing();
    const spelled = { ...src, resources: alone('path:/r/main/src/*', 'path:/r/main/src') };
    given(...held(src))
      .when(request(spelled), now)
      .thenNothing();
  });

  it('refuses a claim id that was used for something else', () => {
    given(...held(src))
      .when(request({ ...docs, claimId: 'src' }), now)
      .thenRefuses('CLAIM_REUSED');
    given(...held(src))
      .when(request({ ...src, ttlMs: 1000 }), now)
      .thenRefuses('CLAIM_REUSED');
  });

  it('refuses a claim that has ended', () => {
    given(...held(src), released(src, 2))
      .when(request(src), now)
      .thenRefuses('CLAIM_ENDED');
  });

  it('refuses an owner a second claim on what it already claims', () => {
    const second = ofOwner(src.owner.missionId, api);
    given(...held(src))
      .when(request(second), now)
      .thenRefuses('OVERLAPPING_CLAIM');
    given(...held(api), requested(src))
      .when(request({ ...second, claimId: 'x' }), now)
      .thenRefuses('OVERLAPPING_CLAIM');
  });

  it('tells the features of one mission apart', () => {
    const first = { ...src, owner: { missionId: 'm', featureId: 'F-001' } };
    const next = { ...api, owner: { missionId: 'm', featureId: 'F-002' } };
    given(...held(first))
      .when(request(next), now)
      .then(requested(next));
  });

  it('refuses unknown, malformed and scattered resources', () => {
    given()
      .when(request(claim('c', 'prot:/h/80')), now)
      .thenRefuses('UNKNOWN_RESOURCE_KIND');
    given()
      .when(request(claim('c', 'path:/r/main/../x')), now)
      .thenRefuses('MALFORMED_RESOURCE');
    given()
      .when(request(claim('c', 'repo:/a', 'repo:/b')), now)
      .thenRefuses('MIXED_SCOPES');
    given()
      .when(request(claim('c')), now)
      .thenRefuses('NO_RESOURCES');
  });
});

describe('releasing a claim', () => {
  it('grants the next in line in the same decision', () => {
    given(...held(src), requested(api))
      .when(release('src', 2), now)
      .then(released(src, 2), granted(api));
  });

  it('grants everybody it lets through, in the order of the queue', () => {
    const left = claim('left', 'path:/r/main/src/left');
    const right = claim('right', 'path:/r/main/src/right');
    given(...held(src), requested(left), requested(right))
      .when(release('src', 2), now)
      .then(released(src, 2), granted(left), granted(right));
  });

  it('grants only the first of those that exclude each other', () => {
    given(...held(docs), requested(both), requested(claim('d2', 'path:/r/main/docs')))
      .when(release('docs', 2), now)
      .then(released(docs, 2), granted(both));
  });

  it('ignores a repeat', () => {
    given(...held(src), released(src, 2))
      .when(release('src', 2), now)
      .thenNothing();
  });

  it('refuses a token from the past or from the future', () => {
    given(...held(docs), ...held(src))
      .when(release('src', 2), now)
      .thenRefuses('STALE_TOKEN');
    given(...held(src))
      .when(release('src', 3), now)
      .thenRefuses('UNKNOWN_TOKEN');
  });

  it('refuses who waits, who is unknown, and who ended otherwise', () => {
    given(...held(src), requested(api))
      .when(release('api', 3), now)
      .thenRefuses('CLAIM_WAITING');
    given().when(release('src', 2), now).thenRefuses('UNKNOWN_CLAIM');
    given(...held(src), expired(src, 2))
      .when(release('src', 2), now)
      .thenRefuses('CLAIM_ENDED');
    given(...held(src), released(src, 2))
      .when(release('src', 1), now)
      .thenRefuses('CLAIM_ENDED');
  });
});

describe('withdrawing a claim', () => {
  it('gives the place to who comes after', () => {
    given(...held(src), requested(both), requested(docs))
      .when(withdraw('both'), now)
      .then(withdrawn(both), granted(docs));
  });

  it('ignores a repeat', () => {
    given(...held(src), requested(api), withdrawn(api))
      .when(withdraw('api'), now)
      .thenNothing();
  });

  it('refuses one that was granted meanwhile and tells its token, so that it can be released', () => {
    const refusal = given(...held(src))
      .when(withdraw('src'), now)
      .thenRefuses('CLAIM_GRANTED');
    expect(refusal.evidence['token']).toBe(2);
  });

  it('refuses one that is unknown or has been held', () => {
    given().when(withdraw('src'), now).thenRefuses('UNKNOWN_CLAIM');
    given(...held(src), released(src, 2))
      .when(withdraw('src'), now)
      .thenRefuses('CLAIM_ENDED');
  });
});

describe('the expiry of a lease', () => {
  it('hands a resource that checks tokens on at once', () => {
    given(...held(src), requested(api))
      .when(expire('src', 2), now)
      .then(expired(src, 2), granted(api));
  });

  it('keeps a port closed for the lock-delay', () => {
    given(...held(port), requested(samePort))
      .when(expire('port', 2), now)
      .then(expired(port, 2, 'port:/h/8080'));
  });

  it('ignores a repeat and refuses a lease that was given back', () => {
    given(...held(src), expired(src, 2))
      .when(expire('src', 2), now)
      .thenNothing();
    given(...held(src), released(src, 2))
      .when(expire('src', 2), now)
      .thenRefuses('CLAIM_ENDED');
  });

  it('refuses the token of another grant', () => {
    given(...held(src))
      .when(expire('src', 1), now)
      .thenRefuses('STALE_TOKEN');
  });
});

describe('a port whose lease ran out', () => {
  const closed = [...held(port), requested(samePort), expired(port, 2, 'port:/h/8080')];

  it('stays closed until the lock-delay has passed', () => {
    given(...closed)
      .when(serve, at(t5))
      .thenNothing();
    given(...closed)
      .when(serve, at(t10))
      .then(granted(samePort, t10));
  });

  it('is closed for newcomers too, also for the one whose lease it was', () => {
    const again = { ...port, claimId: 'again' };
    given(...held(port), expired(port, 2, 'port:/h/8080'))
      .when(request(again), at(t5))
      .then(requested(again, t5));
    given(...held(port), expired(port, 2, 'port:/h/8080'))
      .when(request(again), at(t10))
      .then(requested(again, t10), granted(again, t10));
  });

  it('does not hinder what lies beside it', () => {
    const other = claim('other', 'port:/h/8081');
    given(...closed)
      .when(request(other), at(t5))
      .then(requested(other, t5), granted(other, t5));
  });

  it('is open at once when it was given back', () => {
    given(...held(port), released(port, 2))
      .when(request(samePort), now)
      .then(requested(samePort), granted(samePort));
  });
});

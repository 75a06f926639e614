import { deciderSpec } from '@missions/testing/given-when-then';
import type { Claim } from './claim.ts';
import { leasing, type LeasingContext } from './decide.ts';
import type { LeasingCommand } from './leasing.commands.ts';
import type { LeasingEvent } from './leasing.events.ts';
import { units, wanted } from './testing/wants.ts';
import type { Want } from './want.ts';

const t0 = '2026-01-01T00:00:00.000Z';
const t10 = '2026-01-01T00:00:10.000Z';
const now: LeasingContext = { at: t0, lockDelayMs: 10_000, cycleTalkMs: 5000 };
const given = deciderSpec(leasing);

const claim = (claimId: string, ...resources: readonly Want[]): Claim => ({
  claimId,
  owner: { missionId: `mission-of-${claimId}` },
  resources,
  ttlMs: 20_000,
});
const request = (data: Claim): LeasingCommand => ({ type: 'RequestClaim', data });
const release = (claimId: string, token: number): LeasingCommand => ({
  type: 'ReleaseClaim',
  data: { claimId, token },
});
const upgrade = (claimId: string, token: number): LeasingCommand => ({
  type: 'UpgradeClaim',
  data: { claimId, token },
});
const narrow = (claimId: string, token: number, ...resources: readonly Want[]): LeasingCommand => ({
  type: 'NarrowClaim',
  data: { claimId, token, resources },
});
const size = (resource: string, capacity: number): LeasingCommand => ({
  type: 'SizePool',
  data: { resource, capacity },
});

const requested = (data: Claim): LeasingEvent => ({
  type: 'LockRequested',
  data: { ...data, requestedAt: t0 },
});
const granted = (data: Claim): LeasingEvent => ({ type: 'LockGranted', data: { ...data, grantedAt: t0 } });
const released = (data: Claim, token: number): LeasingEvent => ({
  type: 'LockReleased',
  data: { ...data, token, releasedAt: t0 },
});
const upgrading = (data: Claim, token: number): LeasingEvent => ({
  type: 'LockUpgradeRequested',
  data: { ...data, token, requestedAt: t0 },
});
const upgraded = (data: Claim, token: number): LeasingEvent => ({
  type: 'LockUpgraded',
  data: { ...data, token, upgradedAt: t0 },
});
const narrowed = (data: Claim, token: number): LeasingEvent => ({
  type: 'LockNarrowed',
  data: { ...data, token, narrowedAt: t0 },
});
const sized = (resource: string, capacity: number): LeasingEvent => ({
  type: 'PoolSized',
  data: { resource, capacity, sizedAt: t0 },
});
const held = (data: Claim): readonly LeasingEvent[] => [requested(data), granted(data)];

const src = 'path:/r/main/src';
const reader = claim('reader', ...wanted('S', src));
const second = claim('second', ...wanted('S', `${src}/api`));
const editor = claim('editor', ...wanted('U', src));
const writer = claim('writer', ...wanted('X', src));

describe('sharing', () => {
  it('lets readers in beside readers and beside one that may upgrade', () => {
    given(...held(reader), ...held(editor))
      .when(request(second), now)
      .then(requested(second), granted(second));
  });

  it('lets only one at a time be about to write', () => {
    const other = claim('other', ...wanted('U', `${src}/api`));
    given(...held(editor))
      .when(request(other), now)
      .then(requested(other));
  });

  it('keeps a writer waiting for every reader, and new readers behind the writer', () => {
    given(...held(reader), requested(writer))
      .when(request(second), now)
      .then(requested(second));
    given(...held(reader), requested(writer), requested(second))
      .when(release('reader', 2), now)
      .then(released(reader, 2), granted(writer));
  });

  it('wants a bare name alone, as before there were modes', () => {
    given(...held(reader))
      .when({ type: 'RequestClaim', data: { ...writer, resources: wanted('X', src) } }, now)
      .then(requested(writer));
  });

  it('keeps of one claim the stronger wish for one thing', () => {
    const both = claim('both', ...wanted('S', src, `${src}/api`), ...wanted('X', `${src}/api/v1`));
    const kept = claim('both', ...wanted('S', src), ...wanted('X', `${src}/api/v1`));
    given().when(request(both), now).then(requested(kept), granted(kept));
  });
});

describe('upgrading', () => {
  const alone = { ...editor, resources: wanted('X', src) };

  it('happens at once when nobody reads beside', () => {
    given(...held(editor))
      .when(upgrade('editor', 2), now)
      .then(upgrading(editor, 2), upgraded(alone, 2));
  });

  it('waits for the readers beside it, before anybody in the queue', () => {
    given(...held(reader), ...held(editor), requested(writer))
      .when(upgrade('editor', 4), now)
      .then(upgrading(editor, 4));
    given(...held(reader), ...held(editor), requested(writer), upgrading(editor, 4))
      .when(release('reader', 2), now)
      .then(released(reader, 2), upgraded(alone, 4));
  });

  it('lets no new reader in meanwhile', () => {
    given(...held(reader), ...held(editor), upgrading(editor, 4))
      .when(request(second), now)
      .then(requested(second));
  });

  it('ignores a repeat, and a claim without anything to upgrade', () => {
    given(...held(reader), ...held(editor), upgrading(editor, 4))
      .when(upgrade('editor', 4), now)
      .thenNothing();
    given(...held(writer))
      .when(upgrade('writer', 2), now)
      .thenNothing();
  });

  it('refuses two holders that would wait for one another', () => {
    const left = claim('left', ...wanted('U', `${src}/a`), ...wanted('S', `${src}/b`));
    const right = claim('right', ...wanted('S', `${src}/a`), ...wanted('U', `${src}/b`));
    given(...held(left), ...held(right), upgrading(left, 2))
      .when(upgrade('right', 4), now)
      .thenRefuses('LOCK_CYCLE');
  });

  it('refuses another token', () => {
    given(...held(editor))
      .when(upgrade('editor', 1), now)
      .thenRefuses('STALE_TOKEN');
  });
});

describe('narrowing', () => {
  it('gives back what is not kept, and grants it in the same decision', () => {
    const docs = claim('docs', ...wanted('X', `${src}/docs`));
    const kept = { ...writer, resources: wanted('X', `${src}/api`) };
    given(...held(writer), requested(docs))
      .when(narrow('writer', 2, ...kept.resources), now)
      .then(narrowed(kept, 2), granted(docs));
  });

  it('turns a writer into a reader', () => {
    const kept = { ...writer, resources: wanted('S', src) };
    given(...held(writer), requested(second))
      .when(narrow('writer', 2, ...kept.resources), now)
      .then(narrowed(kept, 2), granted(second));
  });

  it('takes back a wish to upgrade', () => {
    given(...held(reader), ...held(editor), upgrading(editor, 4), requested(second))
      .when(narrow('editor', 4, ...editor.resources), now)
      .then(narrowed(editor, 4), granted(second));
  });

  it('ignores a repeat', () => {
    given(...held(writer))
      .when(narrow('writer', 2, ...writer.resources), now)
      .thenNothing();
  });

  it('refuses to keep what is not held, or to keep it more strongly', () => {
    given(...held(writer))
      .when(narrow('writer', 2, ...wanted('X', 'path:/r/main')), now)
      .thenRefuses('NOT_NARROWER');
    given(...held(reader))
      .when(narrow('reader', 2, ...wanted('U', src)), now)
      .thenRefuses('NOT_NARROWER');
  });

  it('does not make a repeat of the request something else', () => {
    const kept = { ...writer, resources: wanted('X', `${src}/api`) };
    given(...held(writer), narrowed(kept, 2))
      .when(request(writer), now)
      .thenNothing();
  });
});

describe('a pool', () => {
  const gpu = 'pool:/r/gpu';
  const three = claim('three', units(gpu, 3));
  const two = claim('two', units(gpu, 2));
  const one = claim('one', units(gpu, 1));

  it('is shared as long as there are units', () => {
    given(sized(gpu, 4), ...held(three))
      .when(request(one), now)
      .then(requested(one), granted(one));
    given(sized(gpu, 4), ...held(three))
      .when(request(two), now)
      .then(requested(two));
  });

  it('lets a small claim not overtake a large one', () => {
    given(sized(gpu, 4), ...held(three), requested(two))
      .when(request(one), now)
      .then(requested(one));
  });

  it('gives what was freed in the order of the queue', () => {
    given(sized(gpu, 4), ...held(three), requested(two), requested(one))
      .when(release('three', 3), now)
      .then(released(three, 3), granted(two), granted(one));
  });

  it('means one unit where none are named, and adds up what one claim names twice', () => {
    const bare = claim('one', { resource: gpu, mode: 'X' });
    given(sized(gpu, 4)).when(request(bare), now).then(requested(one), granted(one));
    const twice = claim('three', units(gpu, 1), units(gpu, 2));
    given(sized(gpu, 4)).when(request(twice), now).then(requested(three), granted(three));
  });

  it('refuses more than it has, a pool nobody configured, units of something else, and a mode', () => {
    given(sized(gpu, 2)).when(request(three), now).thenRefuses('POOL_TOO_SMALL');
    given().when(request(three), now).thenRefuses('UNKNOWN_POOL');
    given()
      .when(request(claim('c', units('port:/r/80', 2))), now)
      .thenRefuses('MALFORMED_RESOURCE');
    given(sized(gpu, 2))
      .when(request(claim('c', ...wanted('S', gpu))), now)
      .thenRefuses('MALFORMED_RESOURCE');
    given().when(size('port:/r/80', 2), now).thenRefuses('NO_POOL');
  });

  it('grows at once, and does not shrink below what somebody waits for', () => {
    given(sized(gpu, 3), ...held(three), requested(two))
      .when(size(gpu, 5), now)
      .then(sized(gpu, 5), granted(two));
    given(sized(gpu, 3), ...held(three), requested(two))
      .when(size(gpu, 1), now)
      .thenRefuses('POOL_TOO_SMALL');
    given(sized(gpu, 3)).when(size(gpu, 3), now).thenNothing();
  });

  it('keeps the units of a lease that ran out closed for the lock-delay', () => {
    const expired: LeasingEvent = {
      type: 'LockExpired',
      data: { ...three, token: 3, expiredAt: t0, closed: [{ resource: gpu, until: t10, units: 3 }] },
    };
    given(sized(gpu, 4), ...held(three), requested(two))
      .when({ type: 'ExpireLease', data: { claimId: 'three', token: 3 } }, now)
      .then(expired);
    given(sized(gpu, 4), ...held(three), expired)
      .when(request(one), now)
      .then(requested(one), granted(one));
    given(sized(gpu, 4), ...held(three), requested(two), expired)
      .when({ type: 'ServeQueue', data: {} }, { ...now, at: t10 })
      .then({ type: 'LockGranted', data: { ...two, grantedAt: t10 } });
  });

  it('is no deadlock while somebody outside of the circle holds units', () => {
    const otherGpu = 'pool:/r/tpu';
    const ada = claim('ada', units(gpu, 1));
    const bob = claim('bob', units(otherGpu, 1));
    const cyd = claim('cyd', units(gpu, 1));
    const of = (by: Claim, data: Claim): Claim => ({ ...data, owner: by.owner });
    const adaMore = of(ada, claim('ada-more', units(otherGpu, 1)));
    const bobMore = of(bob, claim('bob-more', units(gpu, 1)));
    const pools = [sized(gpu, 2), sized(otherGpu, 1)];
    given(...pools, ...held(ada), ...held(bob), ...held(cyd), requested(adaMore))
      .when(request(bobMore), now)
      .then(requested(bobMore));
    const [, opened] = given(
      sized(gpu, 1),
      sized(otherGpu, 1),
      ...held(ada),
      ...held(bob),
      requested(adaMore),
    )
      .when(request(bobMore), now)
      .facts();
    expect(opened).toMatchObject({ type: 'NegotiationOpened', data: { cause: 'cycle' } });
  });
});

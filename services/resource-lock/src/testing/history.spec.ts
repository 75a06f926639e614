import type { EventEnvelope } from '@missions/kernel';
import { violationsOf, type Effect, type Observation } from './history.ts';

const resource = 'path:/r/main/a';
const event = (version: number, type: string, claimId: string): EventEnvelope => ({
  id: `e${String(version)}`,
  stream: 'resources-r',
  version,
  type,
  schema: 1,
  occurredAt: '2026-01-01T00:00:00.000Z',
  actor: { kind: 'service', id: 'spec' },
  correlationId: 'c',
  causationId: 'c',
  data: { claimId, resources: [{ resource, mode: 'X' }] },
});
const log = (...facts: readonly (readonly [string, string])[]): readonly EventEnvelope[] =>
  facts.map(([type, claimId], place) => event(place + 1, type, claimId));
const good = log(
  ['LockRequested', 'a'],
  ['LockGranted', 'a'],
  ['LockRequested', 'b'],
  ['LockReleased', 'a'],
  ['LockGranted', 'b'],
);
const granted = (claimId: string, token: number, calledAt: number, answeredAt: number): Observation => ({
  kind: 'granted',
  claimId,
  resources: [resource],
  token,
  calledAt,
  answeredAt,
});
const release = (claimId: string, token: number, calledAt: number): Observation => ({
  kind: 'release',
  claimId,
  token,
  calledAt,
  accepted: true,
});
const seen = [granted('a', 2, 0, 1), release('a', 2, 5), granted('b', 5, 2, 6)];
const effect = (claimId: string, token: number): Effect => ({ resource, claimId, token, accepted: true });

describe('the checker of histories', () => {
  it('finds nothing in a history of one after the other', () => {
    const effects = [effect('a', 2), effect('b', 5)];
    expect(violationsOf({ events: good, observations: seen, effects })).toEqual([]);
  });

  it.each([
    [
      'double holders',
      log(['LockRequested', 'a'], ['LockGranted', 'a'], ['LockRequested', 'b'], ['LockGranted', 'b']),
    ],
    [
      'overtaking',
      log(
        ['LockRequested', 'a'],
        ['LockRequested', 'b'],
        ['LockGranted', 'b'],
        ['LockReleased', 'b'],
        ['LockGranted', 'a'],
      ),
    ],
    ['unanswered', log(['LockRequested', 'a'])],
  ])('finds %s in the log', (what, events) => {
    expect(violationsOf({ events, observations: [], effects: [] }).join()).toContain(what);
  });

  it('finds an effect with an older token, and one with a token nobody was granted', () => {
    const found = (...effects: readonly Effect[]) =>
      violationsOf({ events: good, observations: [], effects }).join();
    expect(found(effect('b', 5), effect('a', 2))).toContain('stale effect: a');
    expect(found(effect('b', 3))).toContain('stale effect: b');
  });

  it('finds a token that is not its own, an order that cannot have been, and two that use one thing', () => {
    const found = (...observations: readonly Observation[]) =>
      violationsOf({ events: good, observations, effects: [] }).join();
    expect(found(granted('a', 9, 0, 1))).toContain('foreign token');
    expect(found(granted('a', 2, 0, 1), granted('b', 5, 2, 4), release('a', 2, 5))).toContain('order');
    expect(found(granted('a', 2, 8, 9), granted('b', 5, 2, 4))).toContain('order');
    const use = (claimId: string, from: number, to: number): Observation => ({
      kind: 'use',
      claimId,
      resource: 'port:/r/1',
      from,
      to,
    });
    expect(found(use('a', 0, 3), use('b', 2, 4))).toContain('overlapping use');
    expect(found(use('a', 0, 3), use('b', 3, 4))).toBe('');
  });
});

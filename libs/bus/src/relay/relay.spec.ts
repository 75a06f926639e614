import { jest } from '@jest/globals';
import { eventsOf } from '@missions/kernel';
import type { Poke } from '../pokes.ts';
import { defaultTopology } from '../topology.ts';
import { Relay } from './relay.ts';
import { internalRoute } from './route.ts';

const provenance = {
  occurredAt: '2026-01-01T00:00:00.000Z',
  actor: { kind: 'service', id: 'resource-lock' },
  correlationId: 'c',
  causationId: 'c',
} as const;

describe('a relay that is told of much', () => {
  let rounds: number;
  let poke: (poke: Poke) => void;
  let duringRound: () => void;
  /** The newest event of the ledger that is in the feed. */
  let inFeed: number;
  let relay: Relay;
  beforeEach(async () => {
    jest.useFakeTimers();
    rounds = 0;
    duringRound = () => undefined;
    inFeed = 0;
    relay = new Relay({
      store: {
        feed: () => {
          rounds += 1;
          const [event] = eventsOf('e', [{ type: 'LockGranted', data: {} }], provenance);
          const entry = event && {
            event: { ...event, stream: 'resources-a', version: inFeed },
            cursor: '1.1',
          };
          duringRound();
          return Promise.resolve({ events: entry ? [entry] : [], next: undefined, isLast: true });
        },
      },
      bus: {
        tail: () => Promise.resolve({ sequence: 0, cursor: undefined }),
        publish: () => Promise.resolve(0),
        onPoke: (handler) => {
          poke = handler;
          return { stop: () => Promise.resolve() };
        },
      },
      route: internalRoute(defaultTopology),
      pollMs: 60_000,
      atOnce: (stream) => stream.startsWith('mission-'),
    });
    relay.start();
    await jest.advanceTimersByTimeAsync(0);
  });
  afterEach(async () => {
    await relay.stop();
    jest.useRealTimers();
  });

  const roundsAfter = async (ms: number): Promise<number> => {
    await jest.advanceTimersByTimeAsync(ms);
    return rounds;
  };

  it('looks at once for what a mission did', async () => {
    poke({ stream: 'mission-a', version: 1 });
    expect(await roundsAfter(0)).toBe(2);
  });

  it('looks once for what ledgers did within a moment, also when it was told during a round', async () => {
    const told = (version: number): void => {
      inFeed = version;
      poke({ stream: 'resources-a', version });
    };
    told(1);
    told(2);
    duringRound = () => {
      duringRound = () => undefined;
      told(3);
    };
    expect(await roundsAfter(24)).toBe(1);
    expect(await roundsAfter(1)).toBe(2);
    expect(await roundsAfter(24)).toBe(2);
    expect(await roundsAfter(1)).toBe(3);
    expect(await roundsAfter(1_000)).toBe(3);
  });
});

import { randomUUID } from 'node:crypto';
import type { EventStore } from '@missions/event-store';
import { delay, eventsOf } from '@missions/kernel';
import type { Bus } from '../bus.ts';
import { consume } from '../consumer/consume.ts';
import type { ConsumerOptions, ConsumerProblem, EventHandler } from '../consumer/consumer.ts';
import { Relay, type RelayOptions } from '../relay/relay.ts';
import { internalRoute } from '../relay/route.ts';
import type { BusFixture } from './bus-fixture.ts';

/** Long, because nats-server 2.9.10 may take many seconds over a stream that is made again while it is being deleted. */
const LIMIT_MS = 60_000;
export const NEVER_MS = 3_600_000;
const SERVICE = 'decide';

/** What a test begins: relays, consumers, facts; everything it started ends with `close`. */
export class Scene<Rows> {
  readonly fixture: BusFixture<Rows>;
  readonly problems: ConsumerProblem[] = [];
  readonly #started: { readonly stop: () => Promise<void> }[] = [];

  constructor(fixture: BusFixture<Rows>) {
    this.fixture = fixture;
  }

  get store(): EventStore<Rows> {
    return this.fixture.store;
  }

  async relay(options: Partial<RelayOptions> = {}): Promise<Relay> {
    const bus = options.bus ?? (await this.fixture.connect());
    const route = internalRoute(this.fixture.topology);
    const relay = new Relay({ store: this.store, route, pollMs: 20, ...options, bus });
    relay.start();
    this.#started.push(relay);
    return relay;
  }

  /** A consumer whose handler records what it applies in the log itself, in its own transaction. */
  async consumer(options: SceneConsumer<Rows> = {}): Promise<Bus> {
    const { sweeps = false, ...rest } = options;
    const bus = await this.fixture.connect();
    const store = sweeps ? this.store : withoutSweep(this.store);
    const consumption = consume(
      { store, cursors: this.fixture.cursors, bus },
      {
        service: SERVICE,
        streamPrefix: 'mission-',
        sweepEveryMs: sweeps ? 30 : NEVER_MS,
        retry: { tries: 3, firstDelayMs: 5, maxDelayMs: 10 },
        locks: (event) => [appliedStream(event.stream)],
        onProblem: (problem) => this.problems.push(problem),
        handle: recordApplied,
        ...rest,
      },
    );
    this.#started.push(consumption);
    if (!options.unready) await consumption.ready;
    return bus;
  }

  /** Appends `count` events to a stream without poking anybody. */
  async happened(stream: string, count = 1): Promise<void> {
    await this.store.append({ stream, expectedVersion: 'any', events: someEvents(count) });
  }

  /** The versions of a stream that handlers have applied, in the order they did. */
  async applied(stream: string): Promise<readonly number[]> {
    const events = await this.store.read(appliedStream(stream));
    return events.map(({ data }) => (data as { version: number }).version);
  }

  async untilApplied(stream: string, versions: readonly number[]): Promise<void> {
    await eventually(
      async () => same(await this.applied(stream), versions),
      () => this.applied(stream),
    );
  }

  /** The ids of all events in the order of the feed. */
  async feedIds(streamPrefix = 'mission-'): Promise<readonly string[]> {
    const { events } = await this.store.feed({ after: undefined, limit: 10_000, streamPrefix });
    return events.map(({ event }) => event.id);
  }

  async publishedMissionIds(): Promise<readonly (string | undefined)[]> {
    const missions = new Set(await this.feedIds());
    const ids = await this.fixture.published(this.fixture.topology.internal);
    return ids.filter((id) => id === undefined || missions.has(id));
  }

  async untilRelayed(count: number): Promise<readonly (string | undefined)[]> {
    await eventually(async () => (await this.publishedMissionIds()).length >= count);
    return this.publishedMissionIds();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((one) => one.stop()));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.fixture.close();
  }
}

export interface SceneConsumer<Rows> extends Partial<ConsumerOptions<Rows>> {
  /** Whether it may find work in the log by itself; off, so that a test shows the other ways work. */
  readonly sweeps?: boolean;
  /** Don't wait until the bus delivers. */
  readonly unready?: boolean;
}

export const recordApplied: EventHandler<unknown> = async (event, { tx }) => {
  const fact = { type: 'Applied', data: { version: event.version } };
  await tx.append({
    stream: appliedStream(event.stream),
    expectedVersion: 'any',
    events: eventsOf(randomUUID(), [fact], provenance()),
  });
};

export function someEvents(count: number): ReturnType<typeof eventsOf> {
  const facts = Array.from({ length: count }, (_, index) => ({
    type: 'SomethingHappened',
    data: { index },
  }));
  return eventsOf(randomUUID(), facts, provenance());
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Repeats the check until it holds; fails after a limit with what was found last. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  found: () => unknown = () => 'nothing else',
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) {
      throw new Error(`Did not come true; found ${JSON.stringify(await found())}.`);
    }
    await delay(5);
  }
}

function appliedStream(stream: string): string {
  return `resources-applied-${stream}`;
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function provenance(): Parameters<typeof eventsOf>[2] {
  const id = randomUUID();
  return {
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: 'conformance' },
    correlationId: id,
    causationId: id,
  };
}

/** The same log, in which a sweep finds nothing. */
function withoutSweep<Rows>(store: EventStore<Rows>): EventStore<Rows> {
  return {
    append: (append) => store.append(append),
    transact: (streams, work) => store.transact(streams, work),
    read: (stream, options) => store.read(stream, options),
    head: (stream) => store.head(stream),
    feed: (request) => store.feed(request),
    headsAfter: ({ after }) => Promise.resolve({ heads: [], next: after, isLast: true }),
  };
}

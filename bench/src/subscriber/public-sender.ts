import { randomUUID } from 'node:crypto';
import { pokingStore } from '@missions/bus';
import type { EventStore } from '@missions/event-store';
import { eventAt } from '../ground/events.ts';
import type { Ground } from '../ground/ground.ts';
import { monotonicMs } from '../measure/monotonic.ts';
import { OwnerAccess } from '../runner/owner-access.ts';
import { Subscribers } from './subscribers.ts';

/** Appends public facts of one mission, as its owner does, and follows them to subscribers. */
export class PublicSender {
  readonly #stream = `mission-m-send${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  readonly #store: EventStore;
  #version = 0;

  private constructor(
    store: EventStore,
    private readonly owner: OwnerAccess,
  ) {
    this.#store = pokingStore(store, owner.bus);
  }

  static async open(ground: Ground, store: EventStore): Promise<PublicSender> {
    return new PublicSender(store, await OwnerAccess.open(ground));
  }

  /**
   * Milliseconds from an append's call until the last of these subscribers had the event. Not from its return: a relay
   * that is quick, or a caller that is busy, lets an event arrive before its append is seen to return.
   */
  async delayTo(subscribers: readonly Subscribers[]): Promise<number> {
    const expectedVersion = this.#version;
    this.#version += 1;
    const place = { stream: this.#stream, version: this.#version };
    const calledAt = monotonicMs();
    await this.#store.append({ stream: place.stream, expectedVersion, events: [eventAt(place)] });
    const key = `${place.stream}/${String(place.version)}`;
    const arrivals = await Promise.all(subscribers.map((each) => each.arrivals(key)));
    return Math.max(...arrivals.flat()) - calledAt;
  }

  close(): Promise<void> {
    return this.owner.close();
  }
}

/** Other systems, each with a connection of its own, which read what is public. */
export function publicSubscribers({ stack, credentials }: Ground, count: number): Promise<Subscribers> {
  return Subscribers.start({
    server: stack.servers.natsUrl,
    login: { seed: credentials.nats.subscriber.seed, inboxPrefix: '_INBOX_subscriber' },
    stream: 'PUBLIC',
    subject: 'missions.v1.>',
    count,
  });
}

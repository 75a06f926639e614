import { jetstream, jetstreamManager, StorageType, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { monotonicMs } from '../measure/monotonic.ts';
import { Subscribers } from '../subscriber/subscribers.ts';
import type { Ground } from './ground.ts';

const STREAM = 'FLOOR';
const SUBJECT = 'floor.message';

/** The floor of a message: one publish to a stream on disk, received by a consumer in another process. */
export class FloorBus {
  #sent = 0;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly client: JetStreamClient,
    private readonly subscribers: Subscribers,
  ) {}

  static async open({ floorNatsUrl }: Pick<Ground, 'floorNatsUrl'>): Promise<FloorBus> {
    const connection = await connect({ servers: floorNatsUrl, noAsyncTraces: true });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: STREAM, subjects: [SUBJECT], storage: StorageType.File });
    const subscribers = await Subscribers.start({
      server: floorNatsUrl,
      stream: STREAM,
      subject: SUBJECT,
      count: 1,
    });
    return new FloorBus(connection, jetstream(connection), subscribers);
  }

  /** When the consumer had the message. */
  async publish(): Promise<number> {
    this.#sent += 1;
    const id = `floor-${String(this.#sent)}`;
    const acknowledged = this.client.publish(SUBJECT, JSON.stringify({ id, sentAt: monotonicMs() }));
    const [[arrivedAt]] = await Promise.all([this.subscribers.arrivals(id), acknowledged]);
    if (arrivedAt === undefined) throw new Error(`${id} did not arrive.`);
    return arrivedAt;
  }

  async close(): Promise<void> {
    await this.subscribers.stop();
    await this.connection.close();
  }
}

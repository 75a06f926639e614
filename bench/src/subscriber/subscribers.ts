import { Awaited } from '../ground/awaited.ts';
import { Child } from '../ground/child.ts';
import type { Heard, Subscribe } from './protocol.ts';

const READY = 'ready';

/** Subscribers in a process of their own. */
export class Subscribers {
  readonly #arrivals = new Awaited<number>();
  readonly #child: Child<Subscribe, Heard>;
  readonly #count: number;

  private constructor(request: Subscribe) {
    this.#count = request.count;
    this.#child = new Child<Subscribe, Heard>(new URL('./main.js', import.meta.url), (heard) => {
      if (heard.kind === 'ready') this.#arrivals.add(READY, 0);
      else this.#arrivals.add(heard.key, heard.at);
    });
    this.#child.send(request);
  }

  /** Resolves when every one of them listens. */
  static async start(request: Subscribe): Promise<Subscribers> {
    const subscribers = new Subscribers(request);
    await subscribers.#arrivals.take(READY);
    return subscribers;
  }

  /** When each subscriber received the message with this id. */
  arrivals(key: string): Promise<readonly number[]> {
    return this.#arrivals.take(key, { count: this.#count });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Poke, Poker, PokeSource } from '../pokes.ts';
import type { Subscription } from '../subscription.ts';
import { ALL_POKES, pokeSubject } from '../topology.ts';
import type { NatsLink } from './nats-link.ts';

const pokeSchema = z.object({ stream: z.string().min(1), version: z.int().positive() });

type Handler = (poke: Poke) => void;

/** Pokes over core NATS: nothing is stored, nothing is waited for. */
export class NatsPokes implements Poker, PokeSource {
  readonly #link: NatsLink;
  readonly #onProblem: (error: unknown) => void;
  /** All who hear every poke share one subscription, so that one is sent and read once by a connection. */
  readonly #everybody = new Set<Handler>();
  #unsubscribe: (() => void) | undefined;
  /** Told in this turn of the loop, the newest version of each stream. */
  readonly #unsent = new Map<string, number>();

  constructor(link: NatsLink, onProblem: (error: unknown) => void) {
    this.#link = link;
    this.#onProblem = onProblem;
  }

  /** Goes out behind the next answer, or at the end of this turn of the loop: a write to a socket is dear, and who asked waits. */
  poke(stream: string, version: number): void {
    if (this.#unsent.size === 0)
      setImmediate(() => {
        this.send();
      });
    this.#unsent.set(stream, Math.max(version, this.#unsent.get(stream) ?? 0));
  }

  /** What is waiting to go out goes now. */
  send(): void {
    const pokes = [...this.#unsent];
    this.#unsent.clear();
    try {
      for (const [stream, version] of pokes)
        this.#link.connection?.publish(pokeSubject(stream), JSON.stringify({ stream, version }));
    } catch (error) {
      this.#onProblem(error);
    }
  }

  onPoke(handler: Handler, options?: { readonly group?: string }): Subscription {
    const end =
      options?.group === undefined ? this.#hearAll(handler) : this.#subscribe([handler], options.group);
    const stop = (): Promise<void> => {
      end();
      return Promise.resolve();
    };
    return { stop };
  }

  #hearAll(handler: Handler): () => void {
    // Its own, since the same function may be given twice.
    const hears = (poke: Poke): void => {
      handler(poke);
    };
    this.#everybody.add(hears);
    this.#unsubscribe ??= this.#subscribe(this.#everybody);
    return () => {
      this.#everybody.delete(hears);
      if (this.#everybody.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    };
  }

  #subscribe(handlers: Iterable<Handler>, queue?: string): () => void {
    const callback = (error: Error | null, message: Msg): void => {
      if (error) this.#onProblem(error);
      else this.#hear(message, handlers);
    };
    return this.#link.onConnection((connection: NatsConnection) => {
      const subscription = connection.subscribe(ALL_POKES, {
        ...(queue !== undefined && { queue }),
        callback,
      });
      return () => {
        subscription.unsubscribe();
      };
    });
  }

  #hear(message: Msg, handlers: Iterable<Handler>): void {
    const poke = this.#parse(message);
    if (poke === undefined) return;
    for (const handler of handlers) {
      try {
        handler(poke);
      } catch (error) {
        this.#onProblem(error);
      }
    }
  }

  #parse(message: Msg): Poke | undefined {
    try {
      return pokeSchema.parse(message.json());
    } catch (error) {
      this.#onProblem(error);
      return undefined;
    }
  }
}

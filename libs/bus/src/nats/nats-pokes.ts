import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Poke, Poker, PokeSource } from '../pokes.ts';
import type { Subscription } from '../subscription.ts';
import { ALL_POKES, pokeSubject } from '../topology.ts';
import type { NatsLink } from './nats-link.ts';

const pokeSchema = z.object({ stream: z.string().min(1), version: z.int().positive() });

/** Pokes over core NATS: nothing is stored, nothing is waited for. */
export class NatsPokes implements Poker, PokeSource {
  readonly #link: NatsLink;
  readonly #onProblem: (error: unknown) => void;

  constructor(link: NatsLink, onProblem: (error: unknown) => void) {
    this.#link = link;
    this.#onProblem = onProblem;
  }

  poke(stream: string, version: number): void {
    try {
      this.#link.connection?.publish(pokeSubject(stream), JSON.stringify({ stream, version }));
    } catch (error) {
      this.#onProblem(error);
    }
  }

  onPoke(handler: (poke: Poke) => void, options?: { readonly group?: string }): Subscription {
    const queue = options?.group === undefined ? {} : { queue: options.group };
    const callback = (error: Error | null, message: Msg): void => {
      if (error) this.#onProblem(error);
      else this.#hear(message, handler);
    };
    const end = this.#link.onConnection((connection: NatsConnection) => {
      const subscription = connection.subscribe(ALL_POKES, { ...queue, callback });
      return () => {
        subscription.unsubscribe();
      };
    });
    const stop = (): Promise<void> => {
      end();
      return Promise.resolve();
    };
    return { stop };
  }

  #hear(message: Msg, handler: (poke: Poke) => void): void {
    try {
      handler(pokeSchema.parse(message.json()));
    } catch (error) {
      this.#onProblem(error);
    }
  }
}

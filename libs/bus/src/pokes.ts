import type { Subscription } from './subscription.ts';

/** "This stream has reached this version": a wake-up, not a fact. */
export interface Poke {
  readonly stream: string;
  readonly version: number;
}

/**
 * Wakes those who follow a stream. Fire and forget: never throws, never waits, may be lost; of several versions told of one
 * stream at once only the newest may arrive.
 */
export interface Poker {
  readonly poke: (stream: string, version: number) => void;
}

export interface PokeSource {
  /**
   * Calls the handler for every poke that arrives; with a `group`, each poke reaches one member of the group only.
   * Survives reconnects; pokes sent in between are lost.
   */
  readonly onPoke: (handler: (poke: Poke) => void, options?: { readonly group?: string }) => Subscription;
}

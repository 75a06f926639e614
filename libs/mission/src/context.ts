import type { Actor } from '@missions/kernel';

/** What a decision needs from outside: who asks, and when. */
export interface DecisionContext {
  readonly actor: Actor;
  readonly at: string;
}

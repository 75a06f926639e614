import type { Fact } from './envelope.ts';

/** A domain as two pure functions: what a command leads to, and what a fact changes. */
export interface Decider<State, Command, Event extends Fact, Context = undefined> {
  readonly initial: State;
  /** Throws a `DomainError` when a rule refuses the command; an empty result means it has already happened. */
  readonly decide: (command: Command, state: State, context: Context) => readonly Event[];
  /** Total: never throws, whatever the order of events; an unknown event leaves the state as it is. */
  readonly evolve: (state: State, event: Event) => State;
}

/** Folds facts into a state, oldest first. */
export function fold<State, Event>(
  evolve: (state: State, event: Event) => State,
  initial: State,
  events: Iterable<Event>,
): State {
  let state = initial;
  for (const event of events) state = evolve(state, event);
  return state;
}

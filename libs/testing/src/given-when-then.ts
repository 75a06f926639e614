import { deepStrictEqual, fail, strictEqual } from 'node:assert/strict';
import { fold, isRefusal, type Decider, type DomainError, type Fact } from '@missions/kernel';

/** Facts that have happened; a command follows. */
export interface Given<Command, Event, Context> {
  /** The context is needed exactly when the decider takes one. */
  readonly when: (command: Command, ...context: ContextArgument<Context>) => When<Event>;
}

/** What a command led to; one of these ends a test. */
export interface When<Event> {
  /** Exactly these facts, in this order. */
  readonly then: (...expected: readonly Event[]) => void;
  /** The command was accepted and nothing new happened. */
  readonly thenNothing: () => void;
  /** The command was refused with this code; the refusal is returned for a look at its evidence. */
  readonly thenRefuses: (code: string) => DomainError;
  /** The facts themselves, for what the three above cannot say. */
  readonly facts: () => readonly Event[];
}

type ContextArgument<Context> = undefined extends Context ? [context?: Context] : [context: Context];

/** Tests that read like rules: `given(...facts).when(command).then(...facts)`. Pure; needs no test runner. */
export function deciderSpec<State, Command, Event extends Fact, Context = undefined>(
  decider: Decider<State, Command, Event, Context>,
): (...history: readonly Event[]) => Given<Command, Event, Context> {
  return (...history) => ({
    when: (command, ...context) => {
      const state = fold(decider.evolve, decider.initial, history);
      return outcomeOf(() => decider.decide(command, state, context[0] as Context));
    },
  });
}

/** Decided once, inspected by one ending; a fault of the decider rises in every ending. */
function outcomeOf<Event>(decide: () => readonly Event[]): When<Event> {
  const facts = (): readonly Event[] => decide();
  return {
    facts,
    then: (...expected) => {
      deepStrictEqual(facts(), expected);
    },
    thenNothing: () => {
      deepStrictEqual(facts(), []);
    },
    thenRefuses: (code) => refusalOf(facts, code),
  };
}

function refusalOf(facts: () => readonly unknown[], code: string): DomainError {
  let happened: readonly unknown[];
  try {
    happened = facts();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    strictEqual(error.code, code, `Refused with ${error.code} (${error.message}) instead of ${code}.`);
    return error;
  }
  return fail(`Expected the refusal ${code}, but it was accepted with ${JSON.stringify(happened)}.`);
}

import type { FailureCause } from './outcome.ts';

/** A message of a person that enters the run at its next turn. */
export interface SteeringMessage {
  readonly id: string;
  readonly text: string;
  /** Who says it; a person where absent. */
  readonly by?: 'engine';
}

/** What the mission wants of a run, read at every turn boundary. Messages may repeat; each id enters once. */
export interface Steering {
  readonly wanted: 'go' | 'pause';
  readonly messages: readonly SteeringMessage[];
}

/** The reason of the abort signal that stops a run at once, in the middle of a reply or a tool. */
export class StopRun extends Error {
  /** `cancel` and `interrupt` are a person's will; `release` leaves the run to another holder (lease lost, service stopping). */
  constructor(
    readonly how: 'cancel' | 'interrupt' | 'release',
    detail = `The run was stopped: ${how}.`,
  ) {
    super(detail);
    this.name = 'StopRun';
  }
}

/** Thrown by a tool when the run cannot go on at all, such as when its sandbox is gone. */
export class FailRun extends Error {
  constructor(
    override readonly cause: FailureCause,
    message: string,
  ) {
    super(message);
    this.name = 'FailRun';
  }
}

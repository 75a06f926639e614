import type { Compared } from './measure/interleaved.ts';
import { spreadOf, type Spread } from './measure/spread.ts';

export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** One side of a comparison, in its own unit. */
export interface Side {
  readonly what: string;
  readonly unit: string;
  readonly spread: Spread;
}

/** One line of the result: a ratio with the two sides it comes from, or a count. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly value: Spread;
  /** `×` for a ratio of ours by the floor. */
  readonly unit: string;
  readonly ours?: Side;
  readonly floor?: Side;
  readonly target?: Target;
  /** Whether the median keeps to the target; absent where there is none. */
  readonly met?: boolean;
  readonly notes: readonly string[];
}

export interface RatioInput {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: string;
  readonly floor: string;
  readonly compared: Compared;
  readonly target?: Target;
  readonly notes?: readonly string[];
}

export function ratioRow(input: RatioInput): Row {
  const { name, what, unit, compared, target, notes = [] } = input;
  return {
    name,
    what,
    value: compared.ratio,
    unit: '×',
    ours: { what: input.ours, unit, spread: compared.ours },
    floor: { what: input.floor, unit, spread: compared.floor },
    ...(target && { target, met: isMet(target, compared.ratio.median) }),
    notes,
  };
}

export interface CountInput {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly target?: Target;
  readonly notes?: readonly string[];
}

export function countRow({ name, what, unit, values, target, notes = [] }: CountInput): Row {
  const value = spreadOf(values);
  return { name, what, value, unit, ...(target && { target, met: isMet(target, value.median) }), notes };
}

function isMet({ bound, value }: Target, found: number): boolean {
  return bound === 'at least' ? found >= value : found <= value;
}

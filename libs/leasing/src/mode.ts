import { z } from 'zod';

/** S shares with other readers; U reads beside them and may upgrade, so that two of them exclude each other; X is alone. */
export const modeSchema = z.enum(['S', 'U', 'X']);
export type Mode = z.infer<typeof modeSchema>;

const strength: Readonly<Record<Mode, number>> = { S: 0, U: 1, X: 2 };

/** Whether two owners may hold these modes on one thing at the same time; the same both ways. */
export function compatible(a: Mode, b: Mode): boolean {
  return a === 'S' ? b !== 'X' : a === 'U' && b === 'S';
}

/** Whether holding `mode` allows everything that `other` allows. */
export function atLeast(mode: Mode, other: Mode): boolean {
  return strength[mode] >= strength[other];
}

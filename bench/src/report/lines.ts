import type { Row, Side } from '../row.ts';
import type { Spread } from '../measure/spread.ts';

/** A row as a person reads it: the ratio and its target, then the two sides it comes from. */
export function linesOf(row: Row): readonly string[] {
  const { value, unit, what, name, ours, floor, notes } = row;
  const figure = `${number(value.median)} ${unit}${range(value)}`;
  return [
    `${name.padEnd(18)} ${figure.padEnd(30)} ${verdict(row)}`,
    `    ${what}`,
    ...(ours && floor ? [`    ours ${side(ours)}`, `    floor ${side(floor)}`] : []),
    ...notes.map((note) => `    ${note}`),
  ];
}

function side({ what, unit, spread }: Side): string {
  return `${number(spread.median)} ${unit}${range(spread)}: ${what}`;
}

function range({ min, max }: Spread): string {
  return min === max ? '' : ` (${number(min)}–${number(max)})`;
}

function verdict({ target, met }: Row): string {
  if (!target) return '';
  const sign = target.bound === 'at least' ? '≥' : '≤';
  return `target ${sign} ${number(target.value)}: ${met === true ? 'met' : 'MISSED'}`;
}

/** Three figures are enough for a measurement. */
function number(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Number(value.toPrecision(3)).toString();
}

import type { Judged } from './judged.ts';

const widths = [58, 8, 7, 60] as const;

/** One line a case: its name, what kind it is, whether validation was right, and what was named against it. */
export function lineOf(one: Judged): string {
  const { name, kind, right, seconds } = one;
  const cells = [name, kind, right ? 'ok' : 'WRONG', what(one)];
  const padded = cells.map((cell, index) => cut(cell, widths[index] ?? 20));
  return `${padded.join(' ')} ${seconds.toFixed(1).padStart(5)} s`;
}

function what({ kind, right, caughtBy, trouble }: Judged): string {
  if (trouble !== '' && !right) return trouble;
  if (caughtBy.length === 0) return kind === 'correct' ? 'passed' : 'NOTHING was held against it';
  return caughtBy.join(', ');
}

function cut(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return (line.length > width ? `${line.slice(0, width - 1)}…` : line).padEnd(width);
}

/** What a miss or a false alarm looked like in full. */
export function troubleOf({ name, about, caughtBy, expected, remarks, trouble }: Judged): readonly string[] {
  return [
    `${name}: ${about}`,
    `    expected ${expected.length === 0 ? 'nothing against it' : expected.join(', ')}`,
    `    held against it: ${caughtBy.length === 0 ? 'nothing' : caughtBy.join(', ')}`,
    ...remarks.map((remark) => `    remark: ${remark}`),
    ...(trouble === '' ? [] : [`    ${trouble}`]),
    `    npm run bench:validation -- --all --only '${name}'`,
  ];
}

/** The numbers at the end. */
export function summaryOf(all: readonly Judged[], seed: number): readonly string[] {
  const correct = all.filter(({ kind }) => kind === 'correct');
  const faulty = all.filter(({ kind }) => kind !== 'correct');
  const mutants = faulty.filter(({ kind }) => kind === 'mutant');
  const unseen = faulty.filter(({ deliveredUnseen }) => deliveredUnseen);
  const green = faulty.filter(({ ownTestsGreen }) => ownTestsGreen);
  return [
    `faulty workers ${faulty.length}, caught ${rightOf(faulty)} (${mutants.length} of them mutants, seed ${seed})`,
    `correct workers ${correct.length}, passed ${rightOf(correct)}`,
    `delivered without validators ${unseen.length} of the ${faulty.length} faulty ones`,
    `with green tests of their own ${green.length} of the ${faulty.length} faulty ones`,
  ];
}

function rightOf(all: readonly Judged[]): number {
  return all.filter(({ right }) => right).length;
}

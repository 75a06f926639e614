import { plainLine } from './terminal.ts';

/** Columns of a width that fits what is in them; the last one is not padded. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [columns, ...rows].map((row) => row.map(plainLine));
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))));
  return lines.map((line) =>
    line
      .map((cell, index) =>
        index === line.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell)),
      )
      .join('  ')
      .trimEnd(),
  );
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

/** Cents; of less than a dime also what is below a cent. */
export function money(usd: number): string {
  return `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;
}

/** `42 s`, `12 min`, `31 h 04 m` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${String(minutes)} min`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} m`;
}

export function shortSha(sha: string | undefined): string {
  return sha === undefined ? '–' : sha.slice(0, 12);
}

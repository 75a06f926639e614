import type { Candidate, Candidates } from './candidates.ts';

/** In single quotes, as bash and zsh read them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A case for each place: what stands there, one candidate a line; files are named by `@files`. */
export function cases(
  places: ReadonlyMap<string, Candidates>,
  lineOf: (candidate: Candidate) => string,
): string {
  return [...places]
    .map(([place, candidates]) => {
      const lines = candidates === 'files' ? ['@files'] : candidates.map(lineOf);
      const print = lines.length === 0 ? ':' : `printf '%s\\n' ${lines.map(quoted).join(' ')}`;
      return `    ${quoted(place)}) ${print} ;;`;
    })
    .join('\n');
}

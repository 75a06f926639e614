import type { CompletedCommand, CompletedOption, Value } from './command-tree.ts';

export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What may be typed at a place: these words, or the name of a file. */
export type Candidates = 'files' | readonly Candidate[];

/**
 * What may be typed at each place, the same for every shell:
 * `command PATH` is there for each command, `value PATH FLAG` for each option that takes a value,
 * `options PATH` are its options, `words PATH N` what may be its N-th word, counted from 0.
 */
export function candidatesByPlace(commands: readonly CompletedCommand[]): ReadonlyMap<string, Candidates> {
  return new Map(commands.flatMap(placesOf));
}

type Place = readonly [string, Candidates];

function placesOf({ path, commands, options, args }: CompletedCommand): readonly Place[] {
  const words = commands.map(({ name, description }) => ({ word: name, description }));
  return [
    [placed('command', path), []],
    [placed('options', path), options.flatMap(flagsOf)],
    ...options.flatMap(({ flags, value }) =>
      value === undefined ? [] : flags.map((flag): Place => [placed('value', path, flag), valueOf(value)]),
    ),
    ...(words.length === 0 ? [] : [[placed('words', path, '0'), words] as const]),
    ...args.map((value, index): Place => [placed('words', path, String(index)), valueOf(value)]),
  ];
}

function placed(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

function flagsOf({ flags, description }: CompletedOption): readonly Candidate[] {
  return flags.map((word) => ({ word, description }));
}

function valueOf(value: Value): Candidates {
  if (value === 'file') return 'files';
  return value === 'unknown' ? [] : value.words.map((word) => ({ word, description: '' }));
}

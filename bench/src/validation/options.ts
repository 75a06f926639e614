import { parseArgs } from 'node:util';

export interface CorpusOptions {
  /** Parts of names; a case is played when its name contains one of them. */
  readonly only: readonly string[];
  readonly kind: string | undefined;
  readonly seed: number;
  /** Every mutant there can be, not only those the seed picks. */
  readonly all: boolean;
  readonly json: boolean;
  readonly list: boolean;
  readonly atOnce: number;
}

export const USAGE = `Usage: npm run bench:validation -- [--only TEXT]... [--kind KIND] [--seed N] [--all] [--list] [--json] [--at-once N]

  --only TEXT  cases whose name contains it
  --kind KIND  correct, hand or mutant
  --seed N     which mutants are made; printed by every run, 1 unless given
  --all        every mutant that the operators can make
  --list       says which cases there are, and plays none
  --json       one object on stdout
  --at-once N  how many cases are played at a time; 2 unless given
`;

/** Refuses an option it does not know with a message for the person who typed it. */
export function parseCorpusOptions(args: readonly string[]): CorpusOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      kind: { type: 'string' },
      seed: { type: 'string', default: '1' },
      all: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'at-once': { type: 'string', default: '2' },
    },
  });
  const { only, kind, all, json, list } = values;
  return {
    only,
    kind,
    all,
    json,
    list,
    seed: numberOf('seed', values.seed, 0),
    atOnce: numberOf('at-once', values['at-once'], 1),
  };
}

function numberOf(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new TypeError(`--${name} takes a whole number from ${least}, not ${text}.`);
}

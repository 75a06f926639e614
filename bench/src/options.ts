import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly only: readonly string[];
  readonly json: boolean;
  readonly quick: boolean;
  readonly state: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [--only NAME]... [--quick] [--json] [--state DIR]

  --only NAME  one benchmark, or several: append, append-many, read, hop, subscriber, turn, idle-missions
  --quick      shows that everything runs; the numbers say little
  --json       one object on stdout
  --state DIR  where the servers keep their files; the usual state directory unless given
`;

/** Refuses an option or name it does not know with a message for the person who typed it. */
export function parseOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      state: { type: 'string' },
    },
  });
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`There is no benchmark ${unknown}; there are ${names.join(', ')}.`);
  return { only: values.only, json: values.json, quick: values.quick, state: values.state };
}

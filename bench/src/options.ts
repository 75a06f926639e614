import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly only: readonly string[];
  readonly json: boolean;
  readonly quick: boolean;
  readonly state: string | undefined;
  /** Also against other systems, which are installed when they are missing. */
  readonly peers: boolean;
}

export const USAGE = `Usage: npm run bench -- [--only NAME]... [--peers] [--quick] [--json] [--state DIR]

  --only NAME  one benchmark, or several: append, append-many, read, hop, subscriber, turn, idle-missions, lease
  --peers      also against others, installed into bench/peers or fetched beside the servers: DBOS, Restate and LangGraph
               with the same steps, etcd and Redlock with the same leases
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
      peers: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`There is no benchmark ${unknown}; there are ${names.join(', ')}.`);
  const { only, json, quick, state, peers } = values;
  return { only, json, quick, state, peers };
}

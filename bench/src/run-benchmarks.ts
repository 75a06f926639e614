import type { Benchmark } from './benchmark.ts';
import { fullEffort, quickEffort } from './effort.ts';
import { onGround, type Ground } from './ground/ground.ts';
import type { BenchOptions } from './options.ts';
import { linesOf } from './report/lines.ts';
import { machineLine, machineOf } from './report/machine.ts';
import type { Row } from './row.ts';

export interface RunOptions extends Pick<BenchOptions, 'only' | 'json' | 'quick'> {
  readonly state: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly say: (line: string) => void;
}

/** Runs the chosen benchmarks on one ground and prints their rows; answers the names of those that did not run. */
export function runBenchmarks(
  benchmarks: readonly Benchmark[],
  options: RunOptions,
): Promise<readonly string[]> {
  const chosen = benchmarks.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  return onGround(options, async (ground) => {
    const machine = await machineOf(ground);
    if (!options.json) options.print(`${machineLine(machine)}\n`);
    const rows: Row[] = [];
    const failed: string[] = [];
    for (const benchmark of chosen) {
      const found = await rowsOf(benchmark, ground, options);
      if (!found) failed.push(benchmark.name);
      rows.push(...(found ?? []));
    }
    if (options.json) options.print(JSON.stringify({ machine, quick: options.quick, rows, failed }));
    else if (options.quick)
      options.print('Measured with --quick: everything runs, but the numbers say little.');
    return failed;
  });
}

/** Undefined for a benchmark that could not be run to its end; the others still are. */
async function rowsOf(
  { name, run }: Benchmark,
  ground: Ground,
  { quick, json, signal, print, say }: RunOptions,
): Promise<readonly Row[] | undefined> {
  signal.throwIfAborted();
  say(`measuring ${name}…`);
  try {
    const rows = await run(ground, quick ? quickEffort : fullEffort);
    if (!json) for (const row of rows) print(linesOf(row).join('\n'));
    return rows;
  } catch (error) {
    say(`${name} did not run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return undefined;
  }
}

import { stateDirectory } from '@missions/local';
import { benchmarks } from './benchmarks.ts';
import { parseOptions, USAGE } from './options.ts';
import { runBenchmarks } from './run-benchmarks.ts';

const names = benchmarks.map(({ name }) => name);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted.abort(new Error(`Interrupted by ${signal}.`));
  });

try {
  const options = parseOptions(process.argv.slice(2), names);
  const failed = await runBenchmarks(benchmarks, {
    ...options,
    state: options.state ?? stateDirectory(),
    env: process.env,
    signal: interrupted.signal,
    print: (line) => process.stdout.write(`${line}\n`),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  const usage = error instanceof TypeError;
  process.stderr.write(usage ? `${error.message}\n${USAGE}` : `${String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}

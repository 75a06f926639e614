import { stateDirectory } from '@missions/local';
import { againstPeers, benchmarks } from './benchmarks.ts';
import { parseOptions, USAGE } from './options.ts';
import { installPeers } from './peers/install-peers.ts';
import { runBenchmarks } from './run-benchmarks.ts';

const names = [...benchmarks, ...againstPeers].map(({ name }) => name);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted.abort(new Error(`Interrupted by ${signal}.`));
  });

try {
  const options = parseOptions(process.argv.slice(2), names);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const peers = options.peers || options.only.some((name) => againstPeers.some((one) => one.name === name));
  if (peers) await installPeers({ env: process.env, signal: interrupted.signal, say });
  const failed = await runBenchmarks(peers ? [...benchmarks, ...againstPeers] : benchmarks, {
    ...options,
    state: options.state ?? stateDirectory(),
    env: process.env,
    signal: interrupted.signal,
    print: (line) => process.stdout.write(`${line}\n`),
    say,
  });
  if (!peers && !options.json)
    say('Not compared with other systems: npm run bench -- --peers installs them.');
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  const usage = error instanceof TypeError;
  process.stderr.write(usage ? `${error.message}\n${USAGE}` : `${String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}

import { createInterface } from 'node:readline';
import { Option, type Command } from 'commander';
import { shellEnvironment } from './config.ts';
import { demoBreaks, demoSteps, parseSpeed, type DemoOptions } from './demo-options.ts';
import { jsonNarrator, wordNarrator } from './narrator.ts';

/** Adds `missions demo`; the exit code says how the mission ended, as that of `missions wait` does. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('play one whole mission with scripted model replies on a real repository')
    .addOption(
      new Option('--speed <n>', 'how many times as fast the scripted model answers')
        .default(1)
        .argParser(parseSpeed),
    )
    .addOption(new Option('--pause-at <step>', 'wait for Enter at a step').choices(demoSteps))
    .option('--keep', 'leave state and repository where they are', false)
    .addOption(new Option('--break <step>', 'make the scripted fix change nothing').choices(demoBreaks))
    .option('--state <dir>', 'where the demo puts its throwaway state')
    .option('--json', 'one JSON object per line instead of words', false)
    .action(async (_options, command: Command) => {
      process.exitCode = await demo(command.optsWithGlobals<DemoOptions>());
    });
}

async function demo(options: DemoOptions): Promise<number> {
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort(new Error('Interrupted.'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    // Loaded here, so that no other command waits for what only this one needs.
    const { playDemo } = await import('./play-demo.ts');
    return await playDemo(options, {
      env: shellEnvironment(),
      narrator: options.json ? jsonNarrator(write) : wordNarrator(write),
      signal: stop.signal,
      untilContinued: () => untilEnter(stop.signal),
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** Goes on with a line on stdin, with its end, or with the end of the demo. */
function untilEnter(signal: AbortSignal): Promise<void> {
  process.stderr.write('Press Enter to go on. ');
  const input = createInterface({ input: process.stdin });
  return new Promise<void>((resolve, reject) => {
    input.once('line', () => {
      resolve();
    });
    input.once('close', resolve);
    signal.addEventListener('abort', () => {
      reject(new Error('Interrupted.'));
    });
  }).finally(() => {
    input.close();
  });
}

import { corpus } from './corpus/index.ts';
import { parseCorpusOptions, USAGE, type CorpusOptions } from './options.ts';
import { playCorpus } from './play-corpus.ts';
import type { Case } from './corpus/case.ts';
import { lineOf, summaryOf, troubleOf } from './report/table.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted.abort(new Error(`Interrupted by ${signal}.`));
  });

const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const options = parseCorpusOptions(process.argv.slice(2));
  const cases = chosen(options);
  if (options.list) for (const { name, kind, about } of cases) print(`${kind.padEnd(8)}${name}: ${about}`);
  else process.exitCode = await play(cases, options);
} catch (error) {
  const usage = error instanceof TypeError;
  process.stderr.write(usage ? `${error.message}\n${USAGE}` : `${String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}

function chosen({ only, kind, seed, all }: CorpusOptions): readonly Case[] {
  const cases = corpus({ seed, all });
  const found = cases.filter(
    (one) =>
      (only.length === 0 || only.some((part) => one.name.includes(part))) &&
      (kind === undefined || one.kind === kind),
  );
  if (found.length > 0) return found;
  throw new TypeError(`There is no such case; --list says which there are.`);
}

async function play(cases: readonly Case[], { seed, json, atOnce }: CorpusOptions): Promise<number> {
  if (!json) print(`${cases.length} workers, seed ${seed}\n`);
  const judged = await playCorpus(cases, {
    atOnce,
    signal: interrupted.signal,
    say: (line) => void process.stderr.write(`${line}\n`),
    onJudged: (one) => {
      if (!json) print(lineOf(one));
    },
  });
  const wrong = judged.filter(({ right }) => !right);
  const slipped = judged.filter(({ kind, deliveredUnseen }) => kind !== 'correct' && !deliveredUnseen);
  if (json) print(JSON.stringify({ seed, cases: judged }));
  else {
    for (const line of wrong.flatMap(troubleOf)) print(line);
    for (const line of ['', ...summaryOf(judged, seed)]) print(line);
    for (const { name } of slipped) print(`not delivered even without validators: ${name}`);
  }
  return wrong.length === 0 ? 0 : 1;
}

import { parseArgs } from 'node:util';
import { compare, missed, type Row } from './comparison.ts';

const usage = 'Usage: npm run bench:locks -- [--seed N] [--missions N] [--json]\n';
const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      missions: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, missions] = [whole('seed', values.seed), whole('missions', values.missions)];
  const rows = compare(seed, missions);
  const faults = missed(rows);
  if (values.json) print(JSON.stringify({ seed, missions, rows, missed: faults }));
  else for (const line of lines(rows, { seed, missions, faults })) print(line);
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n${usage}`);
  process.exitCode = 2;
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`--${name} takes a whole number from 1, not ${text}.`);
}

function lines(
  rows: readonly Row[],
  {
    seed,
    missions,
    faults,
  }: { readonly seed: number; readonly missions: number; readonly faults: readonly string[] },
): readonly string[] {
  const table = rows.map(tableLine);
  return [
    `${String(missions)} missions over one repository, seed ${String(seed)}`,
    `${' '.repeat(28)}   waiting   longest  makespan   per day   talks o/s/f  vs whole   vs paths`,
    ...table,
    'vs: of the mission that lost most the time from start to end over the same under that FIFO, and how many took over 10 % longer',
    ...rows.filter(({ opened }) => opened > 0).flatMap(agreedLines),
    ...(faults.length === 0 ? ['target met'] : faults.map((fault) => `target missed: ${fault}`)),
  ];
}

function agreedLines({ name, agreed, mostTalks }: Row): readonly string[] {
  const counted = Object.entries(agreed).map(
    ([what, times]) => `${String(times)} ${what.replace('agreed ', '')}`,
  );
  return [`${name}: ${counted.join(', ')}; most talks of one claim ${String(mostTalks)}`];
}

function tableLine({
  name,
  waitedMs,
  longestWaitMs,
  makespanMs,
  missionsPerDay,
  opened,
  settled,
  failed,
  worst,
  worseOff,
}: Row): string {
  const hours = (ms: number): string => `${(ms / 3_600_000).toFixed(1)} h`.padStart(10);
  return [
    name.padEnd(28),
    hours(waitedMs),
    hours(longestWaitMs),
    hours(makespanMs),
    missionsPerDay.toFixed(1).padStart(9),
    `${String(opened)}/${String(settled)}/${String(failed)}`.padStart(13),
    `${worst.exclusive.toFixed(2)} (${String(worseOff.exclusive)})`.padStart(12),
    `${worst.paths.toFixed(2)} (${String(worseOff.paths)})`.padStart(12),
  ].join('');
}

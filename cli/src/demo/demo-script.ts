import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { DemoBreak } from './demo-options.ts';

/** As much of a script as the demo has to know; the provider checks the rest. */
const scriptSchema = z.looseObject({
  version: z.literal(1),
  runs: z.array(
    z.looseObject({
      match: z.record(z.string(), z.unknown()),
      turns: z.array(z.looseObject({ delayMs: z.number().optional() })),
    }),
  ),
});

type Script = z.infer<typeof scriptSchema>;

/** How long the scripted model takes for a turn that says nothing else: long enough to watch. */
const THINK_MS = 60;
/** A pause that is written down is there for something to happen in it, however fast the demo is played. */
const LEAST_PAUSE_MS = 400;

/** What the demo's agents say, at this speed; what is to be broken comes first, since the first match wins. */
export async function demoScript(speed: number, broken?: DemoBreak): Promise<string> {
  const scripts = [
    ...(broken === undefined ? [] : [await asset(`break-${broken}.yaml`)]),
    await asset('demo-script.yaml'),
  ];
  const runs = scripts.flatMap((script) => script.runs).map((run) => paced(run, speed));
  return stringify({ version: 1, runs }, { aliasDuplicateObjects: false });
}

function paced(run: Script['runs'][number], speed: number): Script['runs'][number] {
  const turns = run.turns.map((turn) => ({
    ...turn,
    delayMs: delayOf(turn.delayMs, speed),
  }));
  return { ...run, turns };
}

function delayOf(written: number | undefined, speed: number): number {
  if (written === undefined) return Math.round(THINK_MS / speed);
  return Math.max(LEAST_PAUSE_MS, Math.round(written / speed));
}

async function asset(name: string): Promise<Script> {
  return scriptSchema.parse(parse(await readFile(assetUrl(name), 'utf8')));
}

export function assetUrl(name: string): URL {
  return new URL(`./assets/${name}`, import.meta.url);
}

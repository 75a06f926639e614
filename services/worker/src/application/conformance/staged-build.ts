import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readTranscript, type TranscriptFact } from '@missions/agent';
import type { PerformRun } from '@missions/runs';
import type { RunWorld } from '@missions/runs/testing';
import type { Surroundings } from '@missions/runtime';
import type { HostStage } from '@missions/runtime/testing';
import { buildFeature } from '../build-feature.ts';
import type { ExternalAgentSettings } from '../external-build.ts';

/** Builds as the worker service does, with scripted models, in the surroundings of a stage but for what is given. */
export function buildOn(
  stage: HostStage,
  settings: Partial<ExternalAgentSettings> = {},
  over: Partial<Surroundings> = {},
): PerformRun {
  const providers = { demo: { kind: 'scripted', script: 'none' } } as const;
  return buildFeature(() => Promise.resolve({ ...stage.surroundings, ...over }), {
    providers,
    prices: {},
    stallMs: 60_000,
    ...settings,
  });
}

/** What the mission's build run of an attempt has in its transcript. */
export async function buildFacts(world: RunWorld, attempt = 1): Promise<readonly TranscriptFact[]> {
  const { runs } = await world.mission();
  const run = Object.values(runs).find((state) => state.task === 'build' && state.attempt === attempt);
  return readTranscript(await world.store.read(`run-${run?.id ?? ''}`), world.artifacts);
}

/** What its tools answered, call by call. */
export async function buildResults(world: RunWorld, attempt = 1): Promise<readonly string[]> {
  return (await buildFacts(world, attempt)).flatMap((fact) =>
    fact.type === 'ToolResultsRecorded' ? fact.data.results.map(({ content }) => content) : [],
  );
}

/** Processes of this host that have to do with something, by working directory or command line. */
export function processesOf(name: string): readonly string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return words.includes(name) || readlinkSync(`/proc/${pid}/cwd`).startsWith(name);
      } catch {
        return false;
      }
    });
}

const call = (tool: string, input: unknown) => ({ calls: [{ tool, input }] });

/** Turns of a scripted model. */
export const bash = (command: string) => call('bash', { command });
export const write = (file_path: string, content: string) => call('write', { file_path, content });
export const handOff = (outcome: string) =>
  call('hand_off', {
    outcome,
    salientSummary: `It is a ${outcome}.`,
    whatWasImplemented: [],
    whatWasLeftUndone: [],
  });

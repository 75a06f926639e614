import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTranscript, type TranscriptFact } from '@missions/agent';
import { createRedactor } from '@missions/kernel';
import type { PerformRun } from '@missions/runs';
import { secret, type RunWorld } from '@missions/runs/testing';
import { HostPlaces, type Surroundings } from '@missions/runtime';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import {
  adoptWorkspace,
  BubblewrapProvider,
  prepareToolchain,
  sandboxUser,
  SandboxedLayers,
} from '@missions/workspace/sandbox';
import { buildFeature } from '../build-feature.ts';
import type { ExternalAgentSettings } from '../external-build.ts';

/** What this machine has already, so that no test prepares it again. */
export interface StageTools {
  readonly bwrap: string;
  /** Where the toolchain lies. */
  readonly stateDir: string;
}

/** A person's repository, a real Git store and a real sandbox on this machine, and builds as the worker service performs them. */
export class BuildStage {
  private constructor(
    readonly root: string,
    readonly person: PersonRepository,
    readonly surroundings: Surroundings,
  ) {}

  static async open({ bwrap, stateDir }: StageTools): Promise<BuildStage> {
    const root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-build-'));
    await chmod(root, 0o711);
    const person = PersonRepository.create(join(root, 'person'));
    const user = sandboxUser();
    const toolchain = await prepareToolchain(stateDir);
    const sandbox = new BubblewrapProvider({ stateDir: root, bwrap, toolchain });
    const redactor = createRedactor({ secrets: [{ name: 'KEY', value: secret }] });
    return new BuildStage(root, person, {
      places: new HostPlaces(root),
      repositories: new GitMissionRepositories({
        stateDir: root,
        scan: (_path, text) => redactor.finds(text),
      }),
      sandbox,
      layers: new SandboxedLayers({ stateDir: root, provider: sandbox, user }),
      toolchainKey: toolchain.key,
      openEgress: () => Promise.resolve(undefined),
      adopt: (directory) => adoptWorkspace(directory, user.uid),
      release: () => Promise.resolve(),
    });
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  workspaces(): readonly string[] {
    return readdirSync(join(this.root, 'workspaces'));
  }

  /** With scripted models, and this stage's surroundings but for what is given. */
  build(settings: Partial<ExternalAgentSettings> = {}, over: Partial<Surroundings> = {}): PerformRun {
    const providers = { demo: { kind: 'scripted', script: 'none' } } as const;
    return buildFeature(() => Promise.resolve({ ...this.surroundings, ...over }), {
      providers,
      prices: {},
      stallMs: 60_000,
      ...settings,
    });
  }
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

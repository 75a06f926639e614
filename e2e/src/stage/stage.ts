import { jest } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack, type StackOptions } from '@missions/cli/stack';
import type { Script } from '@missions/models/scripted';
import {
  checkInvariants,
  testStateDirectory,
  type InvariantSubject,
  type Violation,
} from '@missions/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { Api } from './api.ts';
import { missions, type CliResult } from './cli.ts';
import { openModelDesk, type ModelDesk } from './model-desk.ts';
import { tale } from './tale.ts';

export interface StageOptions extends Pick<StackOptions, 'replicas' | 'settings' | 'killAt' | 'services'> {
  /** What agents say unless a mission has its own script. */
  readonly script?: Script;
  /** Replayed by the product itself instead of a server that speaks the Messages API. */
  readonly scripted?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Further providers of the configuration. */
  readonly providers?: Readonly<Record<string, unknown>>;
}

/** The whole system as separate processes, people's repositories, and models that say what a story needs. */
export interface Stage {
  readonly stack: Stack;
  readonly api: Api;
  readonly desk: ModelDesk;
  readonly state: string;
  readonly project: string;
  /** The command line of a person at this machine. */
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  /** A person's repository with one commit on `main`. */
  readonly repository: (name: string) => PersonRepository;
  readonly violations: (more?: Partial<InvariantSubject>) => Promise<readonly Violation[]>;
  readonly close: () => Promise<void>;
}

/** Whole processes on a busy machine: far more than it should take, and still an end. */
jest.setTimeout(300_000);

const models = ['orchestrator', 'worker', 'scrutiny', 'user_testing'];
/** Fast enough for a test, slow enough for a busy machine. */
const settings = {
  'limits.leaseTtlMs': 4_000,
  'limits.leaseRenewMs': 1_000,
  'limits.pollMs': 500,
  'limits.sweepMs': 500,
  'limits.lockDelayMs': 1_000,
};

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const directory = testStateDirectory();
  const state = directory.path;
  const project = join(state, 'project');
  mkdirSync(project, { mode: 0o700 });
  const script = options.script ?? tale();
  const desk = await openModelDesk(script);
  writeProject(project, { ...options, script, desk, scripted: options.scripted === true });
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    XDG_CONFIG_HOME: project,
    E2E_API_KEY: desk.apiKey,
    ...options.env,
  };
  const { replicas, killAt, services } = options;
  const stack = await startStack({
    state,
    cwd: project,
    env,
    port: 0,
    throwAway: true,
    longestRestartPauseMs: 500,
    settings: { ...settings, ...options.settings },
    ...(replicas && { replicas }),
    ...(killAt && { killAt }),
    ...(services && { services }),
  }).catch(async (error: unknown) => {
    await desk.close();
    throw error;
  });
  return stageOf({ stack, desk, state, project, env, remove: directory.remove });
}

interface Parts {
  readonly stack: Stack;
  readonly desk: ModelDesk;
  readonly state: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly remove: () => void;
}

function stageOf({ stack, desk, state, project, env, remove }: Parts): Stage {
  const api = new Api(stack.apiUrl, stack.token);
  const repositories = new Map<string, PersonRepository>();
  return {
    stack,
    api,
    desk,
    state,
    project,
    cli: (...args) => missions(args, { env: { ...env, MISSIONS_STATE: state }, cwd: project }),
    repository: (name) => {
      const repository = PersonRepository.create(join(state, 'repositories', name));
      repository.write('README.md', 'A product to be built.\n');
      repository.commit('Begin');
      repositories.set(name, repository);
      return repository;
    },
    violations: async (more = {}) => {
      const found = await checkInvariants({
        databaseUrl: stack.servers.databaseUrl,
        repositories: await branchesOf(api),
        stateDir: state,
        acknowledged: api.acknowledged,
        secrets: [desk.apiKey, stack.token],
        ...more,
      });
      return found;
    },
    close: async () => {
      await stack.stop();
      await desk.close();
      remove();
    },
  };
}

async function branchesOf(api: Api): Promise<{ missionId: string; path: string }[]> {
  const cards = (await api.get('/v1/missions')) as readonly { id: string }[];
  const missions = await Promise.all(cards.map(({ id }) => api.mission(id)));
  return missions.flatMap(({ id, repository }) =>
    repository?.kind === 'local' ? [{ missionId: id, path: repository.url }] : [],
  );
}

/** A configuration in which every role uses one provider. */
export function projectConfig(
  provider: Readonly<Record<string, unknown>>,
  others: Readonly<Record<string, unknown>> = {},
): string {
  const config = {
    models: Object.fromEntries(models.map((role) => [role, { use: 'desk/scripted' }])),
    providers: { ...others, desk: provider },
    prices: { 'desk/scripted': { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 } },
  };
  // JSON is YAML.
  return JSON.stringify(config);
}

function writeProject(
  project: string,
  { script, desk, scripted, providers }: StageOptions & { readonly script: Script; readonly desk: ModelDesk },
): void {
  const provider =
    scripted === true
      ? { kind: 'scripted', script: './script.yaml' }
      : { kind: 'anthropic', baseUrl: desk.url, apiKeyEnv: 'E2E_API_KEY' };
  writeFileSync(join(project, 'missions.config.yaml'), projectConfig(provider, providers));
  writeFileSync(join(project, 'script.yaml'), JSON.stringify(script));
}

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DomainError, type Redactor } from '@missions/kernel';
import type {
  DependencyLayers,
  EgressProxy,
  MissionRepositories,
  ModelCallWatch,
  SandboxProvider,
} from '@missions/workspace';
import { GitMissionRepositories } from '@missions/workspace/git';
import {
  SandboxedLayers,
  adoptWorkspace,
  createSandboxProvider,
  defaultSandboxUid,
  openEgressProxy,
  prepareToolchain,
  sandboxUser,
  type SandboxUser,
} from '@missions/workspace/sandbox';
import { hostProcess } from '../config/host-process.ts';
import type { MissionsConfig } from '../config/missions-config.schema.ts';
import type { Logger } from '../logging/logger.ts';
import { HostPlaces } from './host-places.ts';
import { modelEndpoints } from './model-endpoints.ts';

/** Where runs and proofs work on this host: Git stores, sandboxes and dependency layers. */
export interface Surroundings {
  readonly places: HostPlaces;
  readonly repositories: MissionRepositories;
  readonly sandbox: SandboxProvider;
  readonly layers: DependencyLayers;
  /** Changes with every program of the sandbox's toolchain; part of the key of a dependency layer. */
  readonly toolchainKey: string;
  /**
   * The way out that the configuration allows, with the model providers asked for; undefined when that is nothing.
   * The caller closes it. Refuses with `CONFIG` or `MODEL_AUTH` when a provider cannot be served.
   */
  readonly openEgress: (request?: EgressRequest) => Promise<EgressProxy | undefined>;
  /** Gives a directory to the sandbox's user; follows no link in it. */
  readonly adopt: (directory: string) => Promise<void>;
}

/** What a session needs besides the hosts that the configuration lists, and who watches its model calls. */
export interface EgressRequest extends ModelCallWatch {
  /** Names of configured providers whose APIs answer inside, with a key that stays outside. */
  readonly models?: readonly string[];
}

export function openRepositories(stateDir: string, redactor: Redactor): MissionRepositories {
  return new GitMissionRepositories({ stateDir, scan: (_path, text) => redactor.finds(text) });
}

export async function openSurroundings(input: {
  readonly stateDir: string;
  readonly redactor: Redactor;
  readonly config: MissionsConfig;
  readonly log: Logger;
}): Promise<Surroundings> {
  const { stateDir, redactor, config, log } = input;
  const toolchain = await prepareToolchain(stateDir);
  const { provider, allowUnsandboxed } = config.sandbox;
  const sandbox = createSandboxProvider({
    provider,
    allowUnsandboxed,
    stateDir,
    bwrap: provider === 'none' ? '' : findBubblewrap(stateDir),
    toolchain,
  });
  if (sandbox.kind === 'none')
    log.warn({ sandbox: 'none' }, 'Agents run WITHOUT a sandbox, because the configuration allows it');
  const user = sandboxUser(defaultSandboxUid);
  const places = new HostPlaces(stateDir);
  return {
    places,
    repositories: openRepositories(stateDir, redactor),
    sandbox,
    layers: new SandboxedLayers({ stateDir, provider: sandbox, user }),
    toolchainKey: toolchain.key,
    openEgress: (request) => openEgress({ config, places, user, log }, request),
    adopt: (directory) => adoptWorkspace(directory, user.uid),
  };
}

interface EgressParts {
  readonly config: MissionsConfig;
  readonly places: HostPlaces;
  readonly user: SandboxUser;
  readonly log: Logger;
}

async function openEgress(
  { config, places, user, log }: EgressParts,
  { models = [], ...watch }: EgressRequest = {},
): Promise<EgressProxy | undefined> {
  const endpoints = modelEndpoints(models, config.providers, hostProcess().env);
  if (config.sandbox.egress.length === 0 && endpoints.length === 0) return undefined;
  return openEgressProxy({
    ...watch,
    socketPath: await places.egressSocket(),
    allow: config.sandbox.egress,
    endpoints,
    ...(user.switched && { uid: user.uid }),
    onRequest: (decision) => {
      log.info({ ...decision }, decision.allowed ? 'Let a request out' : 'Refused a request to get out');
    },
  });
}

/** From MISSIONS_BWRAP, PATH, or the state directory, where the local stack puts what the system lacks. */
function findBubblewrap(stateDir: string): string {
  const { env } = hostProcess();
  const places = [
    ...(env['MISSIONS_BWRAP'] === undefined ? [] : [env['MISSIONS_BWRAP']]),
    ...(env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'bwrap')),
    join(stateDir, 'tools', 'bubblewrap', 'usr', 'bin', 'bwrap'),
  ];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new DomainError(
    'SANDBOX_UNAVAILABLE',
    'bwrap was not found, and without a sandbox no agent runs: install bubblewrap, or run `missions doctor`.',
  );
}

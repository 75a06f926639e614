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
  hostBrowser,
  openEgressProxy,
  prepareToolchain,
  sandboxUser,
  type SandboxUser,
  type Toolchain,
} from '@missions/workspace/sandbox';
import { hostProcess } from '../config/host-process.ts';
import type { MissionsConfig } from '../config/missions-config.schema.ts';
import type { Logger } from '../logging/logger.ts';
import { HostPlaces } from './host-places.ts';
import { MissionUsers } from './mission-users.ts';
import { modelEndpoints } from './model-endpoints.ts';
import { markToolchainUse } from './toolchain-uses.ts';

/** Where the runs and proofs of one mission work on this host: Git stores, sandboxes and dependency layers. */
export interface Surroundings {
  readonly places: HostPlaces;
  readonly repositories: MissionRepositories;
  readonly sandbox: SandboxProvider;
  readonly layers: DependencyLayers;
  /** Changes with every program of the sandbox's toolchain; part of the key of a dependency layer. */
  readonly toolchainKey: string;
  /**
   * The way out that the configuration allows, with the model providers asked for; undefined when that is nothing.
   * The caller closes it. Refuses with `CONFIG` when a provider cannot be served, a `ModelError('auth')` without its key.
   */
  readonly openEgress: (request?: EgressRequest) => Promise<EgressProxy | undefined>;
  /** Gives a directory to the mission's user and closes it to all others; follows no link in it. */
  readonly adopt: (directory: string) => Promise<void>;
  /** To be called when nothing of the mission is open any more: the mission's user may then become another's. */
  readonly release: () => Promise<void>;
}

/** What a session needs besides the hosts that the configuration lists, and who watches its model calls. */
export interface EgressRequest extends ModelCallWatch {
  /** Names of configured providers whose APIs answer inside, with a key that stays outside. */
  readonly models?: readonly string[];
}

export function openRepositories(stateDir: string, redactor: Redactor): MissionRepositories {
  return new GitMissionRepositories({ stateDir, scan: (_path, text) => redactor.finds(text) });
}

/** What a process opens once; each mission then gets its own surroundings, with a user that no other mission has. */
export type OpenSurroundings = (missionId: string) => Promise<Surroundings>;

interface HostInput {
  readonly stateDir: string;
  readonly redactor: Redactor;
  readonly config: MissionsConfig;
  readonly log: Logger;
}

export async function openHost(input: HostInput): Promise<OpenSurroundings> {
  const { stateDir, redactor, config, log } = input;
  const toolchain = await prepareToolchain(stateDir);
  await markToolchainUse(stateDir, toolchain.key);
  const sandbox = sandboxOf(input, toolchain);
  const { uids } = config.sandbox;
  const places = new HostPlaces(stateDir);
  const ofHost = {
    places,
    repositories: openRepositories(stateDir, redactor),
    sandbox,
    layers: new SandboxedLayers({ stateDir, provider: sandbox, user: sandboxUser(uids.first) }),
    toolchainKey: toolchain.key,
  };
  const users = new MissionUsers({ uids });
  return async (missionId) => {
    const { user, release } = await users.lease(missionId);
    return {
      ...ofHost,
      openEgress: (request) => openEgress({ config, places, user, log }, request),
      adopt: (directory) => adoptWorkspace(directory, user.uid),
      release,
    };
  };
}

function sandboxOf({ stateDir, config, log }: HostInput, toolchain: Toolchain): SandboxProvider {
  const { provider, allowUnsandboxed, uids, browser } = config.sandbox;
  const { env } = hostProcess();
  const say = (line: string): void => {
    log.info({ stateDir }, line);
  };
  const sandbox = createSandboxProvider({
    provider,
    allowUnsandboxed,
    stateDir,
    bwrap: provider === 'none' || provider === 'external' ? '' : findBubblewrap(stateDir),
    podRuntime: env['MISSIONS_SANDBOX_RUNTIME'],
    toolchain,
    uids,
    findBrowser: hostBrowser({ stateDir, env, configured: browser, say }),
  });
  if (sandbox.kind === 'none')
    log.warn({ sandbox: 'none' }, 'Agents run WITHOUT a sandbox, because the configuration allows it');
  return sandbox;
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
  if (process.platform !== 'linux') return ''; // The provider says what there is for this platform.
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

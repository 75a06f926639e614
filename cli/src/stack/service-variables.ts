import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import {
  missionsConfigSchema,
  modelKeyVariables,
  type MissionsConfig,
  type ServiceName,
} from '@missions/runtime';
import { toolVariablesOf } from './mcp-variables.ts';
import type { StackSecrets } from './secrets.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface ServiceVariablesInput {
  readonly service: ServiceName;
  readonly config: MissionsConfig;
  readonly configFile: string | undefined;
  /** The person's environment. */
  readonly env: Variables;
  /** Database, bus and state, under the service's own logins. */
  readonly connections: Readonly<Record<string, string>>;
  readonly secrets: StackSecrets;
  readonly httpPort: number;
  /** Undefined where no sandbox program was found. */
  readonly bwrap: string | undefined;
}

type Role = keyof MissionsConfig['models'];

/** Whose models a service calls: nobody else is given a key. */
const MODEL_ROLES: Readonly<Partial<Record<ServiceName, readonly Role[]>>> = {
  'orchestrator-agents': ['orchestrator', 'researcher'],
  worker: ['worker', 'researcher', 'orchestrator'],
  validator: ['scrutiny', 'user_testing', 'researcher', 'orchestrator'],
};

/** Settings a person may give as variables; they count for every service alike, but for the port each answers at. */
const SETTING_PREFIXES = Object.keys(missionsConfigSchema.shape)
  .filter((section) => section !== 'http')
  .map((section) => `MISSIONS_${section.toUpperCase()}`);
/** What a connection to a model needs besides the key. */
const NETWORK_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_ENV_PROXY',
];

/** The whole environment of one service: only what it needs, so that a service that is taken over gives little away. */
export function serviceVariables(input: ServiceVariablesInput): Readonly<Record<string, string>> {
  const { service, configFile, env, connections, httpPort } = input;
  return defined({
    PATH: searchPath(input),
    HOME: env['HOME'],
    XDG_CONFIG_HOME: env['XDG_CONFIG_HOME'],
    ...settingsOf(env),
    ...connections,
    MISSIONS_CONFIG: configFile,
    MISSIONS_HTTP_PORT: String(httpPort),
    ...((service === 'orchestrator-decide' || service === 'resource-lock') && {
      MISSIONS_COMMAND_PUBLIC_KEY_FILE: input.secrets.commandPublicKeyFile,
    }),
    ...(service === 'mission-control' && {
      MISSIONS_COMMAND_KEY_FILE: input.secrets.commandKeyFile,
      MISSIONS_ADMIN_TOKEN_FILE: input.secrets.adminTokenFile,
      MISSIONS_ADMIN_PERSON: personName(),
      SSH_AUTH_SOCK: env['SSH_AUTH_SOCK'],
    }),
    ...modelVariables(input),
    ...(isHost(service) && { MISSIONS_BWRAP: input.bwrap, SSH_AUTH_SOCK: env['SSH_AUTH_SOCK'] }),
  });
}

/** The variables that hold API keys of the models this service calls. */
export function keyVariablesOf(service: ServiceName, config: MissionsConfig): readonly string[] {
  return modelKeyVariables(MODEL_ROLES[service] ?? [], config);
}

function modelVariables({ service, config, env }: ServiceVariablesInput): Variables {
  if (MODEL_ROLES[service] === undefined) return {};
  const keys = [...keyVariablesOf(service, config), ...toolVariablesOf(service, config)];
  const names = [...keys, 'ANTHROPIC_BASE_URL', ...NETWORK_VARIABLES];
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** Where repositories are opened and sandboxes started. */
function isHost(service: ServiceName): boolean {
  return service === 'orchestrator-agents' || service === 'worker' || service === 'validator';
}

function searchPath({ env, bwrap }: ServiceVariablesInput): string {
  const own = [dirname(process.execPath), ...(bwrap === undefined ? [] : [dirname(bwrap)])];
  const inherited = (env['PATH'] ?? '').split(':').filter((directory) => directory.startsWith('/'));
  return [...new Set([...own, ...inherited, '/usr/local/bin', '/usr/bin', '/bin'])].join(':');
}

function settingsOf(env: Variables): Variables {
  const isSetting = (name: string): boolean =>
    SETTING_PREFIXES.some((prefix) => name === prefix || name.startsWith(`${prefix}_`));
  return Object.fromEntries(Object.entries(env).filter(([name]) => isSetting(name)));
}

/** Who is running this, as the log will name them; a uid without an account has its number. */
function personName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${String(process.getuid?.() ?? 0)}`;
  }
}

function defined(variables: Variables): Readonly<Record<string, string>> {
  const present = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(present);
}

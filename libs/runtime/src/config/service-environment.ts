import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment-layer.ts';

const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

const connectionUrl = (protocols: readonly string[]): z.ZodType<string> =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    error: `expected a URL that begins with ${protocols.map((one) => `${one}://`).join(' or ')}`,
  });

const serviceEnvironmentSchema = z.object({
  MISSIONS_DATABASE_URL: connectionUrl(['postgres', 'postgresql']),
  MISSIONS_NATS_URL: connectionUrl(['nats', 'tls', 'ws', 'wss']),
  MISSIONS_NATS_NKEY: optionalText,
  MISSIONS_NATS_NKEY_FILE: optionalText,
  MISSIONS_COMMAND_KEY: optionalText,
  MISSIONS_COMMAND_KEY_FILE: optionalText,
  MISSIONS_COMMAND_PUBLIC_KEY: optionalText,
  MISSIONS_COMMAND_PUBLIC_KEY_FILE: optionalText,
  MISSIONS_ADMIN_TOKEN: optionalText,
  MISSIONS_ADMIN_TOKEN_FILE: optionalText,
  MISSIONS_ADMIN_PERSON: optionalText,
  MISSIONS_STATE: z.string().min(1),
  MISSIONS_CONFIG: optionalText,
  MISSIONS_PARENT_PIPE: z.coerce.number().int().min(0).optional(),
  MISSIONS_KILL_AT: optionalText,
  MISSIONS_KILL_MARKER: optionalText,
});

/** What a service needs to know about the place it runs in; never part of the configuration files. */
export interface ServiceEnvironment {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** The seed of this service's nkey, when the server asks for one. */
  readonly natsSeed: string | undefined;
  /** PEM of the key with which Mission Control signs what people ask for; no other service is given it. */
  readonly commandKey: string | undefined;
  /** PEM of the public half, with which the mission's owner checks a person's command. */
  readonly commandPublicKey: string | undefined;
  /** The API token of the person who set this machine up; only Mission Control is given it. */
  readonly adminToken: string | undefined;
  /** Who that person is in the log. */
  readonly adminPerson: string;
  /** The state directory of this machine. */
  readonly state: string;
  readonly configFile: string | undefined;
  readonly parentPipe: number | undefined;
  readonly killAt: string | undefined;
  readonly killMarker: string | undefined;
}

/** Rejects with a `ConfigError` that names every variable that is missing or wrong. */
export function readServiceEnvironment(environment: Environment): ServiceEnvironment {
  const parsed = serviceEnvironmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => ({
        where: 'environment',
        path: path.join('.'),
        problem: environment[String(path[0])] === undefined ? 'is not set' : message,
      })),
    );
  }
  const { data } = parsed;
  return {
    databaseUrl: data.MISSIONS_DATABASE_URL,
    natsUrl: data.MISSIONS_NATS_URL,
    natsSeed: data.MISSIONS_NATS_NKEY ?? contentOf('MISSIONS_NATS_NKEY_FILE', data.MISSIONS_NATS_NKEY_FILE),
    commandKey:
      data.MISSIONS_COMMAND_KEY ?? contentOf('MISSIONS_COMMAND_KEY_FILE', data.MISSIONS_COMMAND_KEY_FILE),
    commandPublicKey:
      data.MISSIONS_COMMAND_PUBLIC_KEY ??
      contentOf('MISSIONS_COMMAND_PUBLIC_KEY_FILE', data.MISSIONS_COMMAND_PUBLIC_KEY_FILE),
    adminToken:
      data.MISSIONS_ADMIN_TOKEN ?? contentOf('MISSIONS_ADMIN_TOKEN_FILE', data.MISSIONS_ADMIN_TOKEN_FILE),
    adminPerson: data.MISSIONS_ADMIN_PERSON ?? 'admin',
    state: data.MISSIONS_STATE,
    configFile: data.MISSIONS_CONFIG,
    parentPipe: data.MISSIONS_PARENT_PIPE,
    killAt: data.MISSIONS_KILL_AT,
    killMarker: data.MISSIONS_KILL_MARKER,
  };
}

function contentOf(variable: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const problem = `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
    throw new ConfigError([{ where: 'environment', path: variable, problem }]);
  }
}

export interface ServiceArguments {
  readonly configFile: string | undefined;
  /** From `--set limits.leaseTtlMs=3000`, by dotted path. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** The command line of every service: `--config FILE` and any number of `--set PATH=VALUE`. */
export function readServiceArguments(argv: readonly string[]): ServiceArguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { config: { type: 'string' }, set: { type: 'string', multiple: true, default: [] } },
    });
    return { configFile: values.config, flags: Object.fromEntries(values.set.map(settingOf)) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ where: 'command line', path: '', problem }]);
  }
}

function settingOf(text: string): readonly [string, unknown] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), parse(text.slice(at + 1))];
  throw new ConfigError([{ where: `--set ${text}`, path: '', problem: 'expected PATH=VALUE' }]);
}

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { stateDirectory } from '@missions/local';
import { parse } from 'yaml';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { readAdminToken, readEndpoint } from '../stack/endpoint.ts';
import type { ApiEndpoint } from './api.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface EndpointInput {
  readonly api?: string | undefined;
  readonly profile?: string | undefined;
  readonly state?: string | undefined;
  readonly env: Variables;
}

/** Where Mission Control answers, and the token for it: flag, environment, profile, else the running local stack. */
export function resolveEndpoint({ api, profile, state, env }: EndpointInput): ApiEndpoint {
  const named = profile ?? nonEmpty(env['MISSIONS_PROFILE']);
  const saved = named === undefined ? undefined : profileNamed(named, env);
  const stateDir = stateDirectory({ flag: state, environment: env });
  const url = api ?? nonEmpty(env['MISSIONS_API']) ?? saved?.api ?? readEndpoint(stateDir)?.apiUrl;
  if (url === undefined)
    throw new CliError(`No stack runs from ${stateDir}.`, { code: 'NO_STACK', next: 'missions up --detach' });
  if (!URL.canParse(url))
    throw new CliError(`${url} is not a URL.`, { code: 'BAD_API_URL', exitCode: exitCodes.usage });
  const token = nonEmpty(env['MISSIONS_TOKEN']) ?? saved?.token ?? readAdminToken(stateDir);
  return { url: url.replace(/\/+$/, ''), token };
}

const profilesSchema = z.record(
  z.string(),
  z.strictObject({
    api: z.url(),
    /** The name of a variable, never the token itself. */
    tokenEnv: z.string().optional(),
    tokenFile: z.string().optional(),
  }),
);

/** From `profiles.yaml` beside the user's configuration. */
function profileNamed(
  name: string,
  env: Variables,
): { readonly api: string; readonly token: string | undefined } {
  const path = profilesPath(env);
  const known = existsSync(path) ? profilesSchema.safeParse(parse(readFileSync(path, 'utf8'))) : undefined;
  if (known?.success === false)
    throw new CliError(`${path} is not usable: ${z.prettifyError(known.error)}`, {
      code: 'CONFIG_INVALID',
      exitCode: exitCodes.config,
    });
  const profile = known?.data[name];
  if (profile === undefined)
    throw new CliError(`There is no profile ${name} in ${path}.`, {
      code: 'NO_PROFILE',
      exitCode: exitCodes.config,
    });
  const { api, tokenEnv, tokenFile } = profile;
  const token =
    tokenEnv !== undefined
      ? env[tokenEnv]
      : tokenFile !== undefined
        ? readFileSync(tokenFile, 'utf8').trim()
        : undefined;
  return { api, token };
}

export function userConfigDirectory(env: Variables): string {
  return join(nonEmpty(env['XDG_CONFIG_HOME']) ?? join(env['HOME'] ?? homedir(), '.config'), 'missions');
}

function profilesPath(env: Variables): string {
  return join(userConfigDirectory(env), 'profiles.yaml');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

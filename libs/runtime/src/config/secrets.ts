import type { Secret } from '@missions/kernel';
import { keyVariablesOf, ownKeyVariable } from '@missions/models';
import type { Environment } from './environment-layer.ts';
import { mcpVariablesOf } from './mcp.schema.ts';
import type { MissionsConfig } from './missions-config.schema.ts';
import type { ServiceEnvironment } from './service-environment.ts';

/** Every secret value this process knows, by the name under which it may be mentioned. */
export function secretsOf(
  config: MissionsConfig,
  environment: ServiceEnvironment,
  variables: Environment,
): readonly Secret[] {
  const keys = Object.values(config.providers).flatMap((provider) => {
    const variable = ownKeyVariable(provider);
    return variable === undefined ? [] : [secret(variable, variables[variable]?.trim())];
  });
  const headers = Object.values(config.mcp)
    .flatMap(mcpVariablesOf)
    .map((variable) => secret(variable, variables[variable]?.trim()));
  const { tokenEnv } = config.delivery.pullRequests;
  const forge = tokenEnv === undefined ? [] : [secret(tokenEnv, variables[tokenEnv]?.trim())];
  return [
    ...keys,
    ...headers,
    ...forge,
    secret('database password', passwordIn(environment.databaseUrl)),
    secret('nats password', passwordIn(environment.natsUrl)),
    secret('nats seed', environment.natsSeed),
    secret('admin token', environment.adminToken),
    secret('command key', environment.commandKey?.trim()),
  ].filter(({ value }) => value !== '');
}

/** The variables with the keys that the models of these roles need, also those of providers that they reach in turn. */
export function modelKeyVariables(
  roles: readonly (keyof MissionsConfig['models'])[],
  config: MissionsConfig,
): readonly string[] {
  const providers = roles.flatMap((role) => config.models[role]?.use.split('/')[0] ?? []);
  return [...new Set(providers.flatMap((name) => keyVariablesOf(name, config.providers)))];
}

function secret(name: string, value: string | undefined): Secret {
  return { name, value: value ?? '' };
}

function passwordIn(url: string): string | undefined {
  return URL.canParse(url) ? decodeURIComponent(new URL(url).password) : undefined;
}

import {
  externalAgentOf,
  familyOf,
  isExternalAgent,
  reachedFrom,
  rolesOfExternalAgents,
  type ModelChoice,
} from '@missions/models';
import type { MissionsConfig } from './missions-config.schema.ts';
import { nearest } from './nearest.ts';
import type { SettingPath } from './setting-tree.ts';

/** A setting that reads well and still cannot be meant, because of what another one says. */
export interface RuleFault {
  readonly path: SettingPath;
  readonly problem: string;
}

type Role = keyof MissionsConfig['models'];

const validators: readonly Role[] = ['scrutiny', 'user_testing'];

/** What is wrong between models, providers and capabilities; unknown names first, since the other rules look them up. */
export function modelRuleFaults(config: MissionsConfig): readonly RuleFault[] {
  const unknown = [...unknownProviders(config), ...unreachableProviders(config)];
  if (unknown.length > 0) return unknown;
  return [...misplacedAgents(config), ...unsupportedEfforts(config), ...sharedFamilies(config)];
}

function choices({ models }: MissionsConfig): readonly (ModelChoice & { readonly role: Role })[] {
  return Object.entries(models).flatMap(([role, choice]) =>
    choice === undefined ? [] : [{ role: role as Role, ...choice }],
  );
}

function unknownProviders(config: MissionsConfig): readonly RuleFault[] {
  const named = [
    ...choices(config).map(({ role, use }) => ({ use, path: ['models', role, 'use'] })),
    ...Object.keys(config.capabilities).map((use) => ({ use, path: ['capabilities', use] })),
  ];
  return named.flatMap(({ use, path }) => noSuchProvider(use.split('/')[0] ?? use, path, config));
}

/** Providers that others ask on their part: a recording its source, an external agent its models. */
function unreachableProviders(config: MissionsConfig): readonly RuleFault[] {
  return Object.entries(config.providers).flatMap(([name, provider]) => {
    const key = isExternalAgent(provider) ? 'models' : 'record';
    return reachedFrom(provider).flatMap((other) => {
      const path = ['providers', name, key];
      const reached = Object.hasOwn(config.providers, other) ? config.providers[other] : undefined;
      if (!reached) return noSuchProvider(other, path, config);
      return isExternalAgent(reached) ? [{ path, problem: `the provider "${other}" has no models` }] : [];
    });
  });
}

function noSuchProvider(
  name: string,
  path: SettingPath,
  { providers }: MissionsConfig,
): readonly RuleFault[] {
  const known = Object.keys(providers);
  if (known.includes(name)) return [];
  const meant = nearest(name, known);
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
  return [{ path, problem: `there is no provider "${name}"; ${hint}` }];
}

function misplacedAgents(config: MissionsConfig): readonly RuleFault[] {
  return choices(config).flatMap(({ role, use }) => {
    const agent = externalAgentOf(use, config.providers);
    if (!agent || rolesOfExternalAgents.includes(role)) return [];
    const allowed = rolesOfExternalAgents.join(', ');
    const problem = `a provider of kind ${agent.kind} runs a whole run, and only the role ${allowed} can use one`;
    return [{ path: ['models', role, 'use'], problem }];
  });
}

function unsupportedEfforts(config: MissionsConfig): readonly RuleFault[] {
  return choices(config).flatMap(({ role, use, effort }) => {
    const efforts = config.capabilities[use]?.efforts;
    if (effort === undefined || efforts === undefined || efforts.some((one) => one === effort)) return [];
    const takes = efforts.length === 0 ? 'takes no effort' : `takes only ${efforts.join(', ')}`;
    return [{ path: ['models', role, 'effort'], problem: `${use} ${takes} (capabilities)` }];
  });
}

function sharedFamilies(config: MissionsConfig): readonly RuleFault[] {
  const { models, providers, capabilities } = config;
  const { worker } = models;
  if (!config.validators.otherFamily || !worker) return [];
  const workers = familyOf(worker.use, providers, capabilities);
  return validators.flatMap((role) => {
    const use = models[role]?.use;
    if (use === undefined || familyOf(use, providers, capabilities) !== workers) return [];
    const problem = `${use} is of the family "${workers}" like the worker’s ${worker.use}; validators.otherFamily wants another one (families are told by capabilities.<model>.family)`;
    return [{ path: ['models', role, 'use'], problem }];
  });
}

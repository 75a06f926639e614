import {
  mcpVariablesOf,
  type McpServerConfig,
  type MissionsConfig,
  type ServiceName,
} from '@missions/runtime';

type Role = McpServerConfig['roles'][number];

/** Whose runs a service performs; helpers belong to each of them. */
const ROLES: Readonly<Partial<Record<ServiceName, readonly Role[]>>> = {
  'orchestrator-agents': ['orchestrator', 'researcher'],
  worker: ['worker', 'researcher'],
  validator: ['scrutiny', 'user_testing', 'researcher'],
};

/** The variables that hold what a service sends as a secret to servers of tools; it is given no other's. */
export function toolVariablesOf(service: ServiceName, { mcp }: MissionsConfig): readonly string[] {
  const own = ROLES[service] ?? [];
  return Object.values(mcp)
    .filter(({ roles }) => roles.some((role) => own.includes(role)))
    .flatMap(mcpVariablesOf);
}

import { hostProcess } from './host-process.ts';
import { mcpVariablesOf, type McpServerConfig } from './mcp.schema.ts';

/** What a service needs to reach the configured servers of tools. */
export interface McpAccess {
  readonly servers: Readonly<Record<string, McpServerConfig>>;
  /** The variables that the servers' settings name, and no other. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export function mcpAccess(servers: McpAccess['servers']): McpAccess {
  const { env } = hostProcess();
  const names = Object.values(servers).flatMap(mcpVariablesOf);
  return { servers, variables: Object.fromEntries(names.map((name) => [name, env[name]])) };
}

/** For runs that are offered no tools of other servers. */
export const noMcp: McpAccess = { servers: {}, variables: {} };

import type { Role } from '@missions/mission';

/** A server of tools from outside, as an admin configured it. */
export type McpServer = HttpServer | StdioServer;

interface CommonSettings {
  readonly roles: readonly Role[];
  /** The tools that are offered; `*` means all of them, and nothing is offered that is not listed. */
  readonly tools: readonly string[];
  /** What an admin says that the tools may do; what the server says of them is not trusted. */
  readonly effect: 'read' | 'write';
  readonly timeoutMs: number;
  readonly startMs: number;
  readonly required: boolean;
}

export interface HttpServer extends CommonSettings {
  readonly transport: 'http';
  readonly url: string;
  /** Names of headers, each with the environment variable that holds its value. */
  readonly headersEnv: Readonly<Record<string, string>>;
}

export interface StdioServer extends CommonSettings {
  readonly transport: 'stdio';
  readonly command: readonly [string, ...(readonly string[])];
}

export type McpServers = Readonly<Record<string, McpServer>>;

/** Whether a role may be offered a server's tools: only what is configured to read, unless the role builds. */
export function isFor(role: Role, server: McpServer): boolean {
  return server.roles.includes(role) && (server.effect === 'read' || role === 'worker');
}

export function allows(server: McpServer, tool: string): boolean {
  return server.tools.includes('*') || server.tools.includes(tool);
}

/** The name under which a model is offered a server's tool. */
export function mcpToolName(server: string, tool: string): string {
  return `mcp__${server}__${tool}`;
}

export type { HttpServer, McpServer, McpServers, StdioServer } from './mcp-server.ts';
export { withRunServers, type RunServers, type RunServersOptions } from './run-servers.ts';
export { ServerFault, type FaultKind } from './server-fault.ts';

import { roleSchema, type Role } from '@missions/mission';
import { z } from 'zod';

/** Together with the name of a tool this has to fit into what every provider takes as a tool's name. */
const serverName = z.string().regex(/^[a-z][a-z0-9-]{0,23}$/u, 'a server has a short name of a-z, 0-9 and -');
const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, 'names an environment variable, it never holds the secret itself');
const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/u, 'is not the name of a header');
const toolName = z
  .string()
  .regex(
    /^(?:\*|[A-Za-z0-9_-]{1,64})$/u,
    'expected the name of a tool (letters, digits, _ and -), or * for all',
  );

/** The longest that every provider of models takes. */
const longestToolName = 64;

/** A helper may belong to a run without a sandbox, so it counts as having none. */
const withoutSession: readonly Role[] = ['orchestrator', 'researcher'];

const common = {
  /** The roles that are offered its tools. */
  roles: z.array(roleSchema).min(1),
  /** The tools that are offered; none where absent, and `*` means all. */
  tools: z.array(toolName).max(100).default([]),
  /** What an admin says of these tools; what the server says of them is not trusted. */
  effect: z.enum(['read', 'write']),
  /** The longest time one call may take. */
  timeoutMs: z.int().min(100).max(1_800_000).default(30_000),
  /** The longest time the server may take to come up and name its tools. */
  startMs: z.int().min(100).max(600_000).default(15_000),
  /** A run fails without this server, instead of going on without its tools. */
  required: z.boolean().default(false),
};

const serverSchema = z.discriminatedUnion('transport', [
  z.strictObject({
    transport: z.literal('http'),
    url: z.url({ protocol: /^https?$/u }).refine(hasNoSecret, 'holds a user or a password: use headersEnv'),
    /** Names of headers, each with the environment variable that holds its value. */
    headersEnv: z.record(headerName, environmentName).default({}),
    ...common,
  }),
  z.strictObject({
    transport: z.literal('stdio'),
    /** Executed as it is, in the run's sandbox session. */
    command: z.tuple([z.string().min(1)], z.string()).readonly(),
    ...common,
  }),
]);

export type McpServerConfig = Readonly<z.infer<typeof serverSchema>>;

/** Servers of tools from outside by name; none of them is offered to a role that is not named. */
export const mcpSchema = z.record(serverName, serverSchema).superRefine((servers, context) => {
  for (const [name, server] of Object.entries(servers))
    for (const [setting, message] of faultsOf(name, server))
      context.addIssue({ code: 'custom', path: [name, setting], message });
});

/** The variables that hold what is sent to a server as a secret. */
export function mcpVariablesOf(server: McpServerConfig): readonly string[] {
  return server.transport === 'http' ? Object.values(server.headersEnv) : [];
}

type Fault = readonly [setting: string, message: string];

function faultsOf(name: string, server: McpServerConfig): readonly Fault[] {
  return [
    ...rolesFaults(server),
    ...server.tools
      .filter((tool) => mcpToolName(name, tool).length > longestToolName)
      .map((tool): Fault => ['tools', `${mcpToolName(name, tool)} is longer than a tool's name may be`]),
    ...(server.transport === 'http' && mcpVariablesOf(server).length > 0 && !isPrivateWay(server.url)
      ? [['url', 'secrets are sent by headersEnv, so it has to be https'] as const]
      : []),
  ];
}

function rolesFaults({ transport, effect, roles }: McpServerConfig): readonly Fault[] {
  const readers = roles.filter((role) => role !== 'worker');
  const homeless = roles.filter((role) => withoutSession.includes(role));
  const faults: Fault[] = [];
  if (effect === 'write' && readers.length > 0)
    faults.push(['roles', `only worker may be given tools with effect write, not ${readers.join(', ')}`]);
  if (transport === 'stdio' && homeless.length > 0)
    faults.push([
      'roles',
      `a stdio server runs inside a run's sandbox, and ${homeless.join(', ')} has none; use transport http`,
    ]);
  return faults;
}

function hasNoSecret(url: string): boolean {
  const { username, password } = new URL(url);
  return username === '' && password === '';
}

function isPrivateWay(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

function mcpToolName(server: string, tool: string): string {
  return `mcp__${server}__${tool}`;
}

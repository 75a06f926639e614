import { secretsOf } from './secrets.ts';
import { mcpSchema } from './mcp.schema.ts';
import { missionsConfigSchema } from './missions-config.schema.ts';
import type { ServiceEnvironment } from './service-environment.ts';

const http = {
  transport: 'http',
  url: 'https://tools.example/mcp',
  roles: ['worker', 'orchestrator'],
  effect: 'read',
};
const stdio = { transport: 'stdio', command: ['node', 'server.js'], roles: ['worker'], effect: 'write' };

function faultsOf(server: object, name = 'docs'): readonly string[] {
  const parsed = mcpSchema.safeParse({ [name]: server });
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a server of tools in the configuration', () => {
  it('offers nothing until its tools are named, and its secrets are names of variables', () => {
    const { docs, lint } = mcpSchema.parse({
      docs: { ...http, headersEnv: { authorization: 'DOCS_TOKEN' } },
      lint: { ...stdio, tools: ['*'] },
    });
    expect(docs).toMatchObject({ tools: [], timeoutMs: 30_000, required: false });
    expect(lint).toMatchObject({ tools: ['*'], command: ['node', 'server.js'] });
  });

  it.each<[string, object, string]>([
    [
      'a role that may only read, for tools that write',
      { ...http, effect: 'write' },
      'docs.roles: only worker may be given',
    ],
    [
      'a stdio server where there is no sandbox',
      { ...stdio, effect: 'read', roles: ['orchestrator'] },
      'docs.roles: a stdio server runs inside',
    ],
    [
      'a stdio server for helpers',
      { ...stdio, effect: 'read', roles: ['worker', 'researcher'] },
      'docs.roles: a stdio server runs inside',
    ],
    [
      'a secret in place of its name',
      { ...http, headersEnv: { authorization: 'Bearer abc' } },
      'docs.headersEnv.authorization: names an environment variable',
    ],
    [
      'a secret on an open line',
      { ...http, url: 'http://tools.example/', headersEnv: { authorization: 'T' } },
      'docs.url: secrets are sent',
    ],
    [
      'a password in the address',
      { ...http, url: 'https://me:pw@tools.example/' },
      'docs.url: holds a user or a password',
    ],
    ['no word on what its tools do', { ...http, effect: undefined }, 'docs.effect: Invalid option'],
    [
      'a tool that no provider could call',
      { ...http, tools: ['a b'] },
      'docs.tools.0: expected the name of a tool',
    ],
    ['a tool with too long a name', { ...http, tools: ['x'.repeat(60)] }, 'docs.tools: mcp__docs__x'],
    ['a tool of an unknown kind', { ...http, retries: 3 }, 'docs: Unrecognized key'],
  ])('is refused with %s', (_, server, fault) => {
    expect(faultsOf(server)).toEqual([expect.stringContaining(fault)]);
  });

  it('may have secrets on the loopback, and has a name that fits into a tool’s', () => {
    expect(faultsOf({ ...http, url: 'http://127.0.0.1:9/', headersEnv: { authorization: 'T' } })).toEqual([]);
    expect(faultsOf(http, 'Docs__x')).toHaveLength(1);
  });

  it('has its secrets known to the redactor', () => {
    const config = missionsConfigSchema.parse({
      mcp: { docs: { ...http, headersEnv: { authorization: 'DOCS_TOKEN' } } },
    });
    const environment = { databaseUrl: '', natsUrl: '' } as ServiceEnvironment;
    expect(secretsOf(config, environment, { DOCS_TOKEN: ' t0ken\n' })).toEqual([
      { name: 'DOCS_TOKEN', value: 't0ken' },
    ]);
  });
});

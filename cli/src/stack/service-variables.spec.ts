import { missionsConfigSchema, serviceNames, type ServiceName } from '@missions/runtime';
import { keyVariablesOf, serviceVariables } from './service-variables.ts';

const config = missionsConfigSchema.parse({
  models: {
    orchestrator: { use: 'planner/m' },
    worker: { use: 'builder/m' },
    scrutiny: { use: 'critic/m' },
    user_testing: { use: 'tape/m' },
  },
  providers: {
    planner: { kind: 'anthropic', apiKeyEnv: 'PLANNER_KEY' },
    builder: { kind: 'anthropic', apiKeyEnv: 'BUILDER_KEY' },
    critic: { kind: 'anthropic', apiKeyEnv: 'CRITIC_KEY' },
    unused: { kind: 'anthropic', apiKeyEnv: 'UNUSED_KEY' },
    tape: { kind: 'recorded', recording: './tape.jsonl', record: 'local' },
    local: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'LOCAL_KEY' },
  },
  mcp: {
    docs: {
      transport: 'http',
      url: 'https://docs.example/mcp',
      headersEnv: { authorization: 'DOCS_TOKEN' },
      roles: ['worker', 'scrutiny'],
      effect: 'read',
    },
  },
});

const secrets = {
  commandKeyFile: '/s/command-key.pem',
  commandPublicKeyFile: '/s/command-key.pub.pem',
  adminTokenFile: '/s/admin.token',
  adminToken: 'secret-admin-token',
};

const env = {
  PATH: '/home/ana/bin:relative:/usr/bin',
  HOME: '/home/ana',
  PLANNER_KEY: 'planner-secret',
  BUILDER_KEY: 'builder-secret',
  CRITIC_KEY: 'critic-secret',
  LOCAL_KEY: 'local-secret',
  UNUSED_KEY: 'unused-secret',
  DOCS_TOKEN: 'docs-secret',
  AWS_SECRET_ACCESS_KEY: 'of-no-concern',
  MISSIONS_TOKEN: 'a-persons-token',
  MISSIONS_LIMITS_POLL_MS: '500',
};

function variablesOf(service: ServiceName): Readonly<Record<string, string>> {
  const connections = { MISSIONS_DATABASE_URL: `postgres://${service}@db/missions` };
  const given = {
    service,
    config,
    configFile: undefined,
    env,
    connections,
    secrets,
    httpPort: 1,
    bwrap: '/t/bwrap',
  };
  return serviceVariables(given);
}

const holders = (name: string): readonly ServiceName[] =>
  serviceNames.filter((service) => variablesOf(service)[name] !== undefined);

describe('the environment of a service', () => {
  it('holds a key only where models of its provider are called', () => {
    expect(holders('PLANNER_KEY')).toEqual(['orchestrator-agents', 'worker', 'validator']);
    expect(holders('BUILDER_KEY')).toEqual(['worker']);
    expect(holders('LOCAL_KEY')).toEqual(['validator']);
    expect(holders('CRITIC_KEY')).toEqual(['validator']);
    expect(holders('UNUSED_KEY')).toEqual([]);
  });

  it('holds the secret of a server of tools only where a role is offered them', () => {
    expect(holders('DOCS_TOKEN')).toEqual(['worker', 'validator']);
  });

  it('gives the owner of missions no key at all', () => {
    expect(keyVariablesOf('orchestrator-decide', config)).toEqual([]);
    expect(JSON.stringify(variablesOf('orchestrator-decide'))).not.toMatch(/secret/);
  });

  it('lets only Mission Control sign, and only those who obey people check', () => {
    expect(holders('MISSIONS_COMMAND_KEY_FILE')).toEqual(['mission-control']);
    expect(holders('MISSIONS_COMMAND_PUBLIC_KEY_FILE')).toEqual(['orchestrator-decide', 'resource-lock']);
    expect(holders('MISSIONS_ADMIN_TOKEN_FILE')).toEqual(['mission-control']);
  });

  it('has nothing else of the person’s environment', () => {
    for (const service of serviceNames) {
      expect(variablesOf(service)).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
      expect(variablesOf(service)).not.toHaveProperty('MISSIONS_TOKEN');
    }
  });

  it('passes settings on to every service, and looks for programs in absolute places only', () => {
    expect(holders('MISSIONS_LIMITS_POLL_MS')).toEqual(serviceNames);
    for (const directory of variablesOf('worker')['PATH']?.split(':') ?? []) expect(directory).toMatch(/^\//);
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { loadConfig, type ConfigSources, type LoadedConfig } from './load-config.ts';

const directories: TemporaryDirectory[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});

function freshDirectory(): string {
  const directory = temporaryDirectory();
  directories.push(directory);
  return directory.path;
}

interface Place {
  readonly project?: string;
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, unknown>>;
}

async function sourcesOf({ project, user, env = {}, flags = {} }: Place): Promise<ConfigSources> {
  const cwd = freshDirectory();
  const xdg = join(cwd, 'xdg');
  await mkdir(join(xdg, 'missions'), { recursive: true });
  if (project !== undefined) await writeFile(join(cwd, 'missions.config.yaml'), project);
  if (user !== undefined) await writeFile(join(xdg, 'missions/config.yaml'), user);
  return { cwd, flags, env: { XDG_CONFIG_HOME: xdg, ...env } };
}

async function load(place: Place): Promise<LoadedConfig> {
  return loadConfig(await sourcesOf(place));
}

async function faultsOf(place: Place): Promise<readonly ConfigFault[]> {
  const loaded = await load(place).catch((error: unknown) => error);
  if (loaded instanceof ConfigError) return loaded.faults;
  throw new Error('The configuration was accepted.');
}

describe('the configuration', () => {
  it('has a default for everything but the models', async () => {
    const { config, origins } = await load({});
    expect(config.limits).toMatchObject({ leaseTtlMs: 20_000, leaseRenewMs: 5000, maxTurnsPerRun: 200 });
    expect(config.models).toEqual({});
    expect(origins.get('limits.leaseTtlMs')).toBe('default');
  });

  it('takes flags over variables over the project over the user over defaults, setting by setting', async () => {
    const limits = (values: string): string => `limits: { ${values} }\n`;
    const { config, origins } = await load({
      user: limits('maxTurnsPerRun: 1, runStallMin: 1, fixRoundsPerMilestone: 1, pollMs: 1'),
      project: limits('maxTurnsPerRun: 2, runStallMin: 2, fixRoundsPerMilestone: 2'),
      env: { MISSIONS_LIMITS_MAX_TURNS_PER_RUN: '3', MISSIONS_LIMITS_RUN_STALL_MIN: '3' },
      flags: { 'limits.maxTurnsPerRun': 4 },
    });
    expect(config.limits).toMatchObject({
      maxTurnsPerRun: 4,
      runStallMin: 3,
      fixRoundsPerMilestone: 2,
      pollMs: 1,
    });
    expect(origins.get('limits.maxTurnsPerRun')).toBe('flag limits.maxTurnsPerRun');
    expect(origins.get('limits.runStallMin')).toBe('MISSIONS_LIMITS_RUN_STALL_MIN');
    expect(origins.get('limits.fixRoundsPerMilestone')).toMatch(/missions\.config\.yaml:1$/u);
    expect(origins.get('limits.pollMs')).toMatch(/missions\/config\.yaml:1$/u);
  });

  it('reads lists and switches from variables', async () => {
    const { config } = await load({
      env: {
        MISSIONS_SANDBOX_EGRESS: '[{ host: registry.example, port: 443 }]',
        MISSIONS_RUNS_LABELS: '[gpu]',
        MISSIONS_LOG_LEVEL: 'debug',
      },
    });
    expect(config.sandbox.egress).toEqual([{ host: 'registry.example', port: 443, private: false }]);
    expect(config.runs.labels).toEqual(['gpu']);
    expect(config.log.level).toBe('debug');
  });

  it('resolves a script against the file that names it', async () => {
    const sources = await sourcesOf({
      project: 'providers: { demo: { kind: scripted, script: ./script.yaml } }\n',
    });
    const { config } = await loadConfig(sources);
    expect(config.providers['demo']).toEqual({ kind: 'scripted', script: join(sources.cwd, 'script.yaml') });
  });

  it('resolves a recording against the file that names it', async () => {
    const sources = await sourcesOf({
      project: 'providers: { tape: { kind: recorded, recording: tapes/one.jsonl } }\n',
    });
    const { config } = await loadConfig(sources);
    expect(config.providers['tape']).toMatchObject({ recording: join(sources.cwd, 'tapes/one.jsonl') });
  });

  it('keeps the default provider beside configured ones', async () => {
    const { config } = await load({
      project:
        'models: { worker: { use: demo/x } }\nproviders: { demo: { kind: scripted, script: /s.yaml } }\n',
    });
    expect(config.models.worker).toEqual({ use: 'demo/x' });
  });
});

describe('a configuration that is wrong', () => {
  it('is refused with the place and the nearest right name of an unknown setting', async () => {
    const faults = await faultsOf({ project: '# mine\nlimits:\n  leaseTtlMS: 1000\n' });
    expect(faults).toEqual([
      {
        where: expect.stringMatching(/missions\.config\.yaml:3$/u) as string,
        path: 'limits.leaseTtlMS',
        problem: 'there is no such setting; did you mean leaseTtlMs?',
      },
    ]);
  });

  it('is refused with every fault at once', async () => {
    const faults = await faultsOf({
      project: 'modles: {}\nlimits: { leaseTtlMs: soon }\nsandbox: { provider: docker }\n',
      env: { MISSIONS_LIMIT_POLL_MS: '1', MISSIONS_HTTP_PORT: '70000' },
    });
    expect(faults.map(({ path, where }) => path || where).sort()).toEqual([
      'MISSIONS_LIMIT_POLL_MS',
      'http.port',
      'limits.leaseTtlMs',
      'modles',
      'sandbox.provider',
    ]);
    expect(faults.find(({ where }) => where === 'MISSIONS_LIMIT_POLL_MS')?.problem).toContain(
      'MISSIONS_LIMITS_POLL_MS',
    );
    expect(faults.find(({ path }) => path === 'modles')?.problem).toContain('did you mean models?');
    expect(faults.find(({ path }) => path === 'http.port')?.where).toBe('MISSIONS_HTTP_PORT');
  });

  it('is refused when it holds a key itself instead of naming the variable', async () => {
    const faults = await faultsOf({ project: 'providers: { a: { kind: anthropic, apiKey: sk-x } }\n' });
    expect(faults[0]).toMatchObject({
      path: 'providers.a.apiKey',
      problem: expect.stringContaining('apiKeyEnv') as string,
    });
    const value = await faultsOf({ project: 'providers: { a: { kind: anthropic, apiKeyEnv: sk-ant-1 } }\n' });
    expect(value[0]?.problem).toContain('names an environment variable');
  });

  it('is refused when a model names a provider that is not configured', async () => {
    const faults = await faultsOf({ project: 'models: { worker: { use: antropic/x } }\n' });
    expect(faults[0]).toMatchObject({
      path: 'models.worker.use',
      problem: 'there is no provider "antropic"; did you mean anthropic?',
    });
  });

  it('is refused with its place when validators are of the workers’ family and must not be', async () => {
    const faults = await faultsOf({
      project:
        'models:\n  worker: { use: anthropic/claude-a }\n  scrutiny: { use: anthropic/claude-b }\nvalidators: { otherFamily: true }\n',
    });
    expect(faults).toEqual([
      {
        where: expect.stringMatching(/missions\.config\.yaml:3$/u) as string,
        path: 'models.scrutiny.use',
        problem: expect.stringContaining('of the family "claude"') as string,
      },
    ]);
  });

  it('is refused when a lease could not be renewed in time', async () => {
    const faults = await faultsOf({ flags: { 'limits.leaseTtlMs': 1000, 'limits.leaseRenewMs': 900 } });
    expect(faults[0]).toMatchObject({ where: 'flag limits.leaseRenewMs', path: 'limits.leaseRenewMs' });
  });

  it('is refused when the file is not readable YAML, is no map, or is named but missing', async () => {
    expect((await faultsOf({ project: 'limits: {\n' }))[0]?.where).toMatch(/missions\.config\.yaml:\d+$/u);
    expect((await faultsOf({ project: '- a\n' }))[0]?.problem).toContain('expected settings');
    expect((await faultsOf({ env: { MISSIONS_CONFIG: 'other.yaml' } }))[0]).toMatchObject({
      where: expect.stringContaining('other.yaml') as string,
      problem: 'there is no such file',
    });
  });

  it('never takes a setting from a prototype', async () => {
    const faults = await faultsOf({ project: '__proto__: { polluted: true }\nconstructor: {}\n' });
    expect(faults.length).toBeGreaterThan(0);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

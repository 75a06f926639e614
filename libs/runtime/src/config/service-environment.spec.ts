import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { ConfigError } from './config-error.ts';
import { missionsConfigSchema } from './missions-config.schema.ts';
import { secretsOf } from './secrets.ts';
import { readServiceArguments, readServiceEnvironment } from './service-environment.ts';

const directories: TemporaryDirectory[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});

function freshDirectory(): string {
  const directory = temporaryDirectory();
  directories.push(directory);
  return directory.path;
}

const complete = {
  MISSIONS_DATABASE_URL: 'postgres://missions_worker:pa%2Fss@127.0.0.1:5432/missions',
  MISSIONS_NATS_URL: 'nats://127.0.0.1:4222',
  MISSIONS_STATE: '/state',
};

const faultsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, problem }) => `${path} ${problem}`);
    throw error;
  }
  return [];
};

describe('the environment of a service', () => {
  it('names everything that is missing or no URL', () => {
    expect(faultsOf(() => readServiceEnvironment({ MISSIONS_DATABASE_URL: 'mysql://x' }))).toEqual([
      'MISSIONS_DATABASE_URL expected a URL that begins with postgres:// or postgresql://',
      'MISSIONS_NATS_URL is not set',
      'MISSIONS_STATE is not set',
    ]);
  });

  it('reads the seed of the nkey from a file that is named', async () => {
    const path = freshDirectory();
    const file = join(path, 'seed');
    await writeFile(file, 'SUABC\n');
    expect(readServiceEnvironment({ ...complete, MISSIONS_NATS_NKEY_FILE: file }).natsSeed).toBe('SUABC');
    expect(
      faultsOf(() => readServiceEnvironment({ ...complete, MISSIONS_NATS_NKEY_FILE: '/nowhere' })),
    ).toEqual(['MISSIONS_NATS_NKEY_FILE /nowhere cannot be read (ENOENT)']);
  });

  it('knows which values are secrets', () => {
    const config = missionsConfigSchema.parse({});
    const environment = readServiceEnvironment({ ...complete, MISSIONS_NATS_NKEY: 'SUABC' });
    const values = secretsOf(config, environment, { ANTHROPIC_API_KEY: 'sk-1' }).map(({ value }) => value);
    expect(values).toEqual(['sk-1', 'pa/ss', 'SUABC']);
  });
});

describe('the command line of a service', () => {
  it('sets any setting by its path', () => {
    const { configFile, flags } = readServiceArguments([
      '--config',
      'c.yaml',
      '--set',
      'limits.pollMs=5',
      '--set',
      'log.level=debug',
    ]);
    expect(configFile).toBe('c.yaml');
    expect(flags).toEqual({ 'limits.pollMs': 5, 'log.level': 'debug' });
  });

  it('is refused when it is not understood', () => {
    expect(faultsOf(() => readServiceArguments(['--verbose']))).toHaveLength(1);
    expect(faultsOf(() => readServiceArguments(['--set', 'x']))).toEqual([' expected PATH=VALUE']);
  });
});

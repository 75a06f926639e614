import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInfrastructure } from '@missions/local';
import { checkInvariants, testStateDirectory } from '@missions/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { missions, type CliResult } from './stage/cli.ts';
import { openModelDesk, type ModelDesk } from './stage/model-desk.ts';
import { projectConfig } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

describe('a mission with a real provider’s protocol, driven by nothing but the command line', () => {
  const directory = testStateDirectory();
  const state = directory.path;
  const project = join(state, 'project');
  let desk: ModelDesk;
  let cli: (...args: readonly string[]) => Promise<CliResult>;

  beforeAll(async () => {
    desk = await openModelDesk(tale({ features: ['F-001', 'F-002'], asks: true }));
    mkdirSync(project, { mode: 0o700 });
    // The address comes from the environment, as it does for the provider's own tools.
    writeFileSync(
      join(project, 'missions.config.yaml'),
      projectConfig({ kind: 'anthropic', apiKeyEnv: 'E2E_API_KEY' }),
    );
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      XDG_CONFIG_HOME: project,
      MISSIONS_STATE: state,
      E2E_API_KEY: desk.apiKey,
      ANTHROPIC_BASE_URL: desk.url,
    };
    cli = (...args) => missions(args, { env, cwd: project });
  });
  afterAll(async () => {
    await cli('down');
    await desk.close();
    directory.remove();
  });

  it('is completed, and everything is stopped afterwards', async () => {
    const repository = PersonRepository.create(join(state, 'product'));
    repository.write('README.md', 'A product to be built.\n');
    repository.commit('Begin');
    const up = await cli('up', '--detach', '--port', '0');
    expect(up).toMatchObject({
      exitCode: 0,
      json: { apiUrl: expect.stringContaining('127.0.0.1') as string },
    });

    const waited = await cli(
      'new',
      'Write the files',
      '--repo',
      repository.path,
      '--wait',
      '--timeout',
      '120',
    );
    expect(waited).toMatchObject({ exitCode: 11, json: { needsYou: 'question' } });
    const id = String(waited.json['missionId']);
    expect((await cli('answer', id, 'Q1', 'green')).exitCode).toBe(0);
    expect((await cli('wait', id, '--for', 'awaiting_approval', '--timeout', '120')).exitCode).toBe(0);
    expect((await cli('approve', id)).exitCode).toBe(0);
    expect(await cli('wait', id, '--timeout', '180')).toMatchObject({
      exitCode: 0,
      json: { status: 'completed' },
    });

    expect(repository.git('rev-list', '--count', `main..missions/${id}`)).toBe('2');
    const cost = await cli('cost', id);
    expect(JSON.stringify(cost.json)).toMatch(/"costUsd":0\.\d*[1-9]/);
    const events = await cli('events', id);
    expect(events.stdout.trim().split('\n').length).toBeGreaterThan(40);
    expect((await cli('audit')).exitCode).toBe(0);
    expect(desk.calls.length).toBe(
      new Set(desk.calls.map(({ header, turn }) => JSON.stringify([header, turn]))).size,
    );
    expect(await violations(state, id, repository.path, [desk.apiKey])).toEqual([]);

    expect((await cli('down')).exitCode).toBe(0);
    expect((await cli('list')).exitCode).not.toBe(0);
    expect(existsSync(join(state, 'api.json'))).toBe(false);
  });
});

/** Looks at the running stack's own database without keeping it. */
async function violations(state: string, missionId: string, path: string, secrets: readonly string[]) {
  const infrastructure = await startInfrastructure({ stateDir: state });
  try {
    return await checkInvariants({
      databaseUrl: infrastructure.postgres.url,
      repositories: [{ missionId, path }],
      stateDir: state,
      secrets,
      atRest: true,
    });
  } finally {
    await infrastructure.detach();
  }
}

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { missionsConfigSchema } from '@missions/runtime';
import { checkExternalAgents } from './check-external-agents.ts';

let programs: string;

beforeAll(async () => {
  await findTool('bwrap');
  programs = mkdtempSync(join(realpathSync(tmpdir()), 'missions-doctor-'));
  await chmod(programs, 0o755);
  writeFileSync(join(programs, 'agent.mjs'), '');
}, 180_000);
afterAll(() => {
  rmSync(programs, { recursive: true, force: true });
});

function check(command: readonly string[]) {
  const config = missionsConfigSchema.parse({
    models: { worker: { use: 'theirs/agent' } },
    providers: {
      theirs: { kind: 'acp', command, mounts: [{ host: programs, inside: '/opt/agents' }] },
      unused: { kind: 'exec', command: ['/no/such/program'] },
    },
  });
  const signal = new AbortController().signal;
  return checkExternalAgents(config, { stateDir: stateDirectory(), env: {}, signal });
}

describe('what the doctor says of an external agent', () => {
  it('is that it is there, when the sandbox sees its program and its script', async () => {
    expect(await check(['node', '/opt/agents/agent.mjs'])).toEqual([
      { name: 'agent theirs', ok: true, optional: false, detail: 'node /opt/agents/agent.mjs' },
    ]);
  }, 120_000);

  it('is what the sandbox does not see, whatever the host has', async () => {
    expect(await check(['no-such-agent', join(programs, 'agent.mjs')])).toMatchObject([
      {
        ok: false,
        detail: `the sandbox does not see no-such-agent, ${join(programs, 'agent.mjs')}`,
        fix: expect.stringContaining('providers.theirs.mounts') as string,
      },
    ]);
  }, 120_000);
});

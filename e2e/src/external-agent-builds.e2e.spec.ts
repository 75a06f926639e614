import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acpTestAgent } from '@missions/external-agents/testing';
import { parseScript } from '@missions/models/scripted';
import type { PersonRepository } from '@missions/workspace/conformance';
import { openStage, type Stage } from './stage/stage.ts';

const assets = fileURLToPath(new URL('../../cli/src/demo/assets/', import.meta.url));
const script = parseScript(readFileSync(join(assets, 'demo-script.yaml'), 'utf8'), 'demo-script.yaml');

/** The files a person of the demo begins with. */
function furnish(repository: PersonRepository): void {
  const from = join(assets, 'repository');
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    repository.write(path.slice(from.length + 1), readFileSync(path, 'utf8'));
  }
  repository.commit('Start a to-do list');
}

describe('a mission whose worker is an ACP agent', () => {
  let stage: Stage | undefined;
  let programs: string;

  beforeAll(async () => {
    programs = mkdtempSync(join(realpathSync(tmpdir()), 'missions-agents-'));
    copyFileSync(acpTestAgent, join(programs, 'agent.mjs'));
    writeFileSync(join(programs, 'script.json'), JSON.stringify(script));
    chmodSync(programs, 0o755);
    const agent = {
      kind: 'acp',
      command: ['node', '/opt/agents/agent.mjs', 'play', '/opt/agents/script.json'],
      mounts: [{ host: programs, inside: '/opt/agents' }],
    };
    stage = await openStage({
      scripted: true,
      script,
      env: {
        MISSIONS_PROVIDERS: JSON.stringify({ theirs: agent }),
        MISSIONS_MODELS_WORKER_USE: 'theirs/agent',
      },
    });
  });
  afterAll(async () => {
    await stage?.close();
    rmSync(programs, { recursive: true, force: true });
  });

  it('completes in the demo’s repository, with a fix after the validators found a fault', async () => {
    if (!stage) throw new Error('The stage did not open.');
    const { cli, api } = stage;
    const repository = stage.repository('demo');
    furnish(repository);
    const { json } = await cli('new', 'Make the to-do list usable', '--repo', repository.path);
    const id = String(json['missionId']);
    expect((await cli('wait', id, '--timeout', '60')).exitCode).toBe(11);
    const { questions } = await api.mission(id);
    for (const { question } of questions) await cli('answer', id, question.id, 'file');
    expect((await cli('wait', id, '--for', 'awaiting_approval', '--timeout', '90')).exitCode).toBe(0);
    expect((await cli('approve', id)).exitCode).toBe(0);
    expect(await cli('wait', id, '--timeout', '240')).toMatchObject({
      exitCode: 0,
      json: { status: 'completed' },
    });

    const claims = await api.facts<{ model?: string }>(id, 'RunClaimed');
    expect(claims.filter(({ model }) => model === 'theirs/agent')).toHaveLength(6);
    expect(repository.git('rev-list', '--count', `main..missions/${id}`)).toBe('6');
    expect((await cli('cost', id)).stdout).toContain('unpriced');
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});

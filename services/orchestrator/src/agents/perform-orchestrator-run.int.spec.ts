import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contextAssembledSchema, readTranscript } from '@missions/agent';
import { created } from '@missions/mission/testing';
import { driveRun } from '@missions/runs';
import { RunWorld, secret } from '@missions/runs/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { performOrchestratorRun } from './perform-orchestrator-run.ts';

const skill = '---\nname: migrate\ndescription: How tables change here.\n---\nNumber the file.\n';

let root: string;
let person: PersonRepository;
let repository: { url: string; kind: 'local'; baseBranch: string; baseSha: string };
let world: RunWorld;

beforeEach(async () => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-scope-'));
  person = PersonRepository.create(join(root, 'person'));
  person.write('AGENTS.md', `Use tabs. The key is ${secret}.\n`);
  person.write('.missions/skills/migrate/SKILL.md', skill);
  person.write('src/ledger.ts', 'export class Ledger {}\n');
  const baseSha = person.commit('Start');
  person.write('AGENTS.md', 'Use spaces: said after the mission began.\n');
  person.commit('Later');
  repository = { url: person.path, kind: 'local', baseBranch: 'main', baseSha };
  world = await begun();
});

async function begun(): Promise<RunWorld> {
  const fresh = await RunWorld.after(created({ repository }));
  fresh.script({ calls: [{ tool: 'ask', input: { questions: [] } }] });
  return fresh;
}

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function hold(host = 'state'): Promise<void> {
  const repositories = new GitMissionRepositories({ stateDir: join(root, host), scan: () => [] });
  const open = await world.delegation();
  await driveRun(world.host(), open, performOrchestratorRun(repositories), new AbortController().signal);
}

async function toldTo(runId: string) {
  const facts = await readTranscript(await world.store.read(`run-${runId}`), world.artifacts);
  const told = facts.filter(({ type }) => type === 'ContextAssembled');
  return told.map(({ data }) => contextAssembledSchema.parse(data));
}

describe('a run of the orchestrator', () => {
  it('is told what the repository says at the commit it starts from, and which files said it', async () => {
    await hold();
    expect(world.warnings).toEqual([]);
    const [told] = await toldTo('m-demo1-r1');
    expect(told?.firstMessage).toContain('Use tabs.');
    expect(told?.firstMessage).not.toContain('said after the mission began');
    expect(told?.firstMessage).toContain(
      'migrate: How tables change here. (.missions/skills/migrate/SKILL.md',
    );
    expect(told?.firstMessage).not.toContain('Number the file.');
    expect(told?.firstMessage).toContain('ledger.ts 23 B: Ledger');
    expect(told?.promptHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(told?.sources?.map(({ path }) => path)).toEqual([
      'AGENTS.md',
      '.missions/skills/migrate/SKILL.md',
    ]);
  });

  it('is told the same bytes on another host at another time', async () => {
    await hold();
    const [here] = await toldTo('m-demo1-r1');
    world = await begun();
    await hold('elsewhere');
    const [there] = await toldTo('m-demo1-r1');
    expect(there?.firstMessage).toBe(here?.firstMessage);
    expect(there?.promptHash).toBe(here?.promptHash);
    expect(here?.firstMessage).not.toContain(root);
  });

  it('is told no secret that the repository gives away', async () => {
    await hold();
    expect(await world.written()).not.toContain(secret);
  });
});

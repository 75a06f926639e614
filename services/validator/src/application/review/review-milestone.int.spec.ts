import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { assertionSchema, proposedSchema } from '@missions/mission';
import { approved, smallProposal, type History } from '@missions/mission/testing';
import type { Model, ModelRequest, RunHeader } from '@missions/models';
import { ModelError, parseRunHeader } from '@missions/models';
import { ScriptedModel, scriptSchema } from '@missions/models/scripted';
import { ChildRuns, budgetOf, driveRun, type ClaimedRun } from '@missions/runs';
import { RunWorld } from '@missions/runs/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import type { MissionRepository } from '@missions/workspace';
import { reviewMilestone, type Reviewed } from './review-milestone.ts';

const missionId = 'm-demo1';
const root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-review-'));
const repositories = new GitMissionRepositories({ stateDir: root, scan: () => [] });
let person: PersonRepository;
let repository: MissionRepository;
let baseSha: string;

beforeAll(async () => {
  person = PersonRepository.create(join(root, 'person'));
  person.write('README.md', 'start\n');
  baseSha = person.commit('Start');
  repository = await repositories.open({ missionId, source: person.path, baseSha });
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('reviewing a milestone', () => {
  it('gives each feature a reviewer of its own, who sees its change and only reads', async () => {
    const { world } = await built(2);
    const { requests } = await reviewed(world, () => report());
    expect(requests.map(({ header }) => header)).toMatchObject([
      { role: 'scrutiny', task: 'review', feature: 'F-001', milestone: 'M1', round: 1 },
      { role: 'scrutiny', task: 'review', feature: 'F-002', milestone: 'M1', round: 1 },
    ]);
    const [first = '', second = ''] = requests.map(({ text }) => text);
    expect(first).toContain('+export const f001 = 1;');
    expect(first).not.toContain('f002');
    expect(second).toContain('+export const f002 = 1;');
    expect(second).toMatch(/VAL-ADD-002 .*: VAL-ADD-002 holds[\s\S]*Try to refute that F-002/);
    for (const { request } of requests)
      expect(request.tools.map(({ name }) => name)).toEqual(['read', 'glob', 'grep', 'report_review']);
  });

  it('has only what changed reviewed again, a fix by the root it is charged to', async () => {
    const { history } = await built(2);
    const failed = history.validated({ measured: { 'VAL-ADD-001': 'fail' } }).settled();
    const fixed = await withCommit(failed, 'F-003', 'src/f001.ts', 'export const f001 = 2;\n');
    const { requests } = await reviewed(await RunWorld.after(fixed), () => report());
    expect(requests.map(({ header }) => header)).toMatchObject([{ feature: 'F-001', round: 2 }]);
    expect(requests[0]?.text).toMatch(
      /\+export const f001 = 1;[\s\S]*-export const f001 = 1;\n\+export const f001 = 2;/,
    );
    expect(requests[0]?.text).not.toContain('f002');
  });

  it('tells once what several reviewers found, and whom it concerns', async () => {
    const { world } = await built(2);
    const same = { title: 'The number is a constant', location: 'src/f002.ts:1' };
    const { done } = await reviewed(world, () => report(same));
    expect(done.findings).toMatchObject([{ ...same, severity: 'major', featureIds: ['F-002'] }]);
    expect(done.checks).toMatchObject([
      { name: 'review of F-001', output: '1 findings. I looked.' },
      { name: 'review of F-002', output: '1 findings. I looked.' },
    ]);
  });

  it('says which feature nobody reviewed and why, and goes on', async () => {
    const { world } = await built(2);
    const { done } = await reviewed(world, (header) =>
      header.feature === 'F-001' ? new ModelError('auth', 'The key is wrong.') : report({ title: 'A stub' }),
    );
    expect(done.findings).toHaveLength(1);
    expect(done.notReviewed).toEqual([expect.stringMatching(/^F-001: auth: The key is wrong\.$/)]);
    expect(done.checks[0]?.output).toMatch(/^Not reviewed\. F-001: auth/);
  });

  it('lets a reviewer mend a finding about what does not exist', async () => {
    const { world } = await built(1);
    const { done, requests } = await reviewed(world, (_header, turn) =>
      report({ title: 'A stub', featureIds: [turn === 0 ? 'F-099' : 'F-001'] }),
    );
    expect(requests).toHaveLength(2);
    expect(done.findings).toMatchObject([{ featureIds: ['F-001'] }]);
  });

  it('does not hold against the work again what was dismissed', async () => {
    const { history } = await built(1);
    const finding = { severity: 'major', category: 'stub', title: 'The number is a constant' } as const;
    const settled = history
      .validated({ measured: { 'VAL-ADD-001': 'fail' }, findings: [finding] })
      .settled({ 'FIND-2': 'dismiss' });
    const again = await withCommit(settled, 'F-002', 'src/f001.ts', 'export const f001 = 2;\n');
    const { done } = await reviewed(await RunWorld.after(again), () =>
      report({ title: finding.title }, { title: 'Errors are swallowed' }),
    );
    expect(done.findings.map(({ title }) => title)).toEqual(['Errors are swallowed']);
  });

  it('of six features takes less than twice the time of one, with a model that needs a second a turn', async () => {
    const slow = new ScriptedModel(
      'demo/slow',
      scriptSchema.parse({
        version: 1,
        runs: [
          {
            match: { task: 'review' },
            turns: [
              { delayMs: 1_000, calls: [{ tool: 'glob', input: { pattern: '**/*.ts' } }] },
              { delayMs: 1_000, calls: [{ tool: 'report_review', input: {} }] },
            ],
          },
        ],
      }),
    );
    const times: Record<1 | 6, number[]> = { 1: [], 6: [] };
    for (let pair = 0; pair < 3; pair += 1)
      for (const features of [1, 6] as const) {
        const { world } = await built(features);
        world.model = slow;
        const { done, ms } = await review(world);
        expect(done.checks).toHaveLength(features);
        expect(done.notReviewed).toEqual([]);
        times[features].push(ms);
      }
    expect(Math.min(...times[1])).toBeGreaterThan(2_000);
    expect(median(times[6]) / median(times[1])).toBeLessThan(2);
  }, 60_000);
});

interface Asked {
  readonly header: RunHeader;
  readonly text: string;
  readonly request: ModelRequest;
}

type Finding = Readonly<Record<string, unknown>>;

function report(...findings: readonly Finding[]): Finding {
  return {
    summary: 'I looked.',
    findings: findings.map((finding) => ({ severity: 'major', category: 'stub', ...finding })),
  };
}

/** Reviews with a model that gives each reviewer its report; what is thrown is the provider's refusal. */
async function reviewed(
  world: RunWorld,
  reply: (header: RunHeader, turn: number) => Finding | Error,
): Promise<{ readonly done: Reviewed; readonly requests: readonly Asked[] }> {
  const requests: Asked[] = [];
  const model: Model = {
    id: 'demo/reviewer',
    respond: (request) => {
      const [block] = request.messages[0]?.content ?? [];
      const text = block?.type === 'text' ? block.text : '';
      const header = parseRunHeader(text) ?? {};
      requests.push({ header, text, request });
      const input = reply(header, request.messages.length >> 1);
      if (input instanceof Error) return Promise.reject(input);
      return Promise.resolve({
        content: [{ type: 'tool_use', id: 'call_1', name: 'report_review', input }],
        stopReason: 'tool_use',
        usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
      });
    },
  };
  world.model = model;
  const { done } = await review(world);
  return { done, requests: requests.toSorted(byFeature) };
}

function byFeature(one: Asked, other: Asked): number {
  return (one.header.feature ?? '').localeCompare(other.header.feature ?? '');
}

async function review(world: RunWorld): Promise<{ readonly done: Reviewed; readonly ms: number }> {
  let done: Reviewed | undefined;
  let ms = 0;
  const perform = async (claimed: ClaimedRun): Promise<void> => {
    const helpers = new ChildRuns(claimed, await budgetOf(claimed));
    const sha = claimed.run.fromSha ?? baseSha;
    const begun = performance.now();
    done = await reviewMilestone(claimed, {
      helpers,
      site: { repository, sha },
      proofs: [],
      material: { text: '' },
    });
    ms = performance.now() - begun;
  };
  await driveRun(world.host(), await world.delegation(), perform, new AbortController().signal);
  if (!done) throw new Error(`Nothing was reviewed: ${world.warnings.join('; ')}`);
  return { done, ms };
}

/** A milestone of so many features, each built by a commit of its own, before its validator. */
async function built(features: number, from = approved(creation(), planOf(features))) {
  let history = from;
  for (let number = 1; number <= features; number += 1) {
    const name = `f00${String(number)}`;
    history = await withCommit(history, idOf(number), `src/${name}.ts`, `export const ${name} = 1;\n`);
  }
  return { history, world: await RunWorld.after(history) };
}

let commits = 0;

async function withCommit(
  history: History,
  feature: string,
  path: string,
  content: string,
): Promise<History> {
  commits += 1;
  const parentSha = history.mission.head?.sha ?? baseSha;
  const directory = join(root, 'workspaces', `commit-${String(commits)}`);
  await repository.prepareWorktree({ runId: 'r', fromSha: parentSha, directory });
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
  const trailers = { mission: missionId, feature, attempt: commits, run: 'r', fence: commits };
  const made = { runId: 'r', directory, parentSha, message: 'Work', trailers };
  const { sha } = await repository.commit({ ...made, authoredAt: '2026-03-01T10:00:00.000Z' });
  return history.built({ captured: { baseSha: parentSha, headSha: sha, filesChanged: [path] } });
}

function creation() {
  return { missionId, repository: { url: person.path, kind: 'local', baseBranch: 'main', baseSha } } as const;
}

function idOf(number: number): string {
  return `F-00${String(number)}`;
}

function planOf(features: number) {
  const { plan, contract, ...rest } = smallProposal();
  const numbers = Array.from({ length: features }, (_, index) => index + 1);
  const [feature] = plan.features;
  const [assertion] = contract.assertions;
  const ofFeature = (number: number): string => `VAL-ADD-00${String(number)}`;
  return proposedSchema.parse({
    ...rest,
    plan: {
      ...plan,
      features: numbers.map((number) => ({ ...feature, id: idOf(number), fulfils: [ofFeature(number)] })),
    },
    contract: {
      ...contract,
      assertions: numbers.map((number) =>
        assertionSchema.parse({
          ...assertion,
          id: ofFeature(number),
          statement: `${ofFeature(number)} holds`,
        }),
      ),
    },
  });
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}

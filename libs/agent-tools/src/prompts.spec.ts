import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createRedactor } from '@missions/kernel';
import type { Role, Task } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';
import type { FileView } from './files/file-view.ts';
import { toolsFor, type ToolParts } from './tools-for.ts';

const conclude = () => Promise.resolve(undefined);
const parts: ToolParts = {
  files: {} as FileView,
  session: {} as SandboxSession,
  redactor: createRedactor({ secrets: [] }),
  publish: () => Promise.resolve(),
  research: () => Promise.resolve([]),
  conclude: {
    ask: conclude,
    propose_plan: conclude,
    settle_findings: conclude,
    reply: conclude,
    hand_off: conclude,
    report_validation: conclude,
    report_review: conclude,
  },
};

/** Whom each prompt is for; a judge has no tools, and sees what was captured alone. */
const readers: Readonly<Record<string, readonly [Role, Task] | 'judge'>> = {
  'build.md': ['worker', 'build'],
  'converse.md': ['orchestrator', 'converse'],
  'judgement.md': 'judge',
  'plan.md': ['orchestrator', 'plan'],
  'research.md': ['researcher', 'research'],
  'review.md': ['scrutiny', 'review'],
  'scope.md': ['orchestrator', 'scope'],
  'scrutiny.md': ['scrutiny', 'validate'],
  'triage.md': ['orchestrator', 'triage'],
  'user-testing.md': ['user_testing', 'validate'],
};

const root = join(import.meta.dirname, '../../..');
const files = globSync('{services,libs}/*/src/**/prompts/*.md', { cwd: root }).toSorted();
/** The plan's own is longer: it has to say how each method proves. */
const maxCharacters = (path: string): number => (path.endsWith('/plan.md') ? 4_200 : 3_000);

function offeredTo(reader: readonly [Role, Task] | 'judge'): readonly string[] {
  if (reader === 'judge') return [];
  const [role, task] = reader;
  return toolsFor({ role, task }, parts).map(({ name }) => name);
}

const known = new Set([...Object.values(readers).flatMap(offeredTo), 'browser', 'negotiate', 'pty']);

/** What a prompt calls by its name in code style, as far as it is a tool of anybody. */
function toolsNamed(prompt: string): readonly string[] {
  return [...prompt.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name).filter((name) => known.has(name));
}

describe('the prompts of all roles', () => {
  it('are one file for each task that a model performs', () => {
    expect(files.map((path) => basename(path)).toSorted()).toEqual(Object.keys(readers));
  });

  it.each(files)('%s is short, names the tools of its task only, and how the task ends', (path) => {
    const prompt = readFileSync(join(root, path), 'utf8');
    const reader = readers[basename(path)];
    if (!reader) throw new Error(`${path} is for nobody.`);
    const offered = offeredTo(reader);
    expect(prompt.length).toBeLessThanOrEqual(maxCharacters(path));
    expect(toolsNamed(prompt).filter((name) => !offered.includes(name))).toEqual([]);
    if (reader === 'judge') return;
    expect(toolsNamed(prompt)).toEqual(expect.arrayContaining(['read', 'glob', 'grep']));
    if (reader[1] !== 'research') expect(toolsNamed(prompt)).toContain(offered.at(-1));
  });

  it.each(files)('%s says that what is read cannot change what the run is for', (path) => {
    expect(readFileSync(join(root, path), 'utf8')).toMatch(/[Cc]annot change your task, your tools/);
  });

  it('ask for the contract before the features, and for faults', () => {
    const plan = readFileSync(join(root, 'services/orchestrator/src/agents/prompts/plan.md'), 'utf8');
    expect(plan.indexOf('contract, before any feature')).toBeGreaterThan(0);
    expect(plan.indexOf('**1. The contract')).toBeLessThan(plan.indexOf('**3. Features**'));
    expect(plan).toMatch(/negativeControl[\s\S]*Inject faults/);
  });

  it('tell a reviewer to refute, and a judge that what the evidence orders is no evidence', () => {
    const prompt = (name: string) => readFileSync(join(root, 'services/validator/src/prompts', name), 'utf8');
    expect(prompt('review.md')).toMatch(/refute[\s\S]*Confirming is not your work/);
    expect(prompt('judgement.md')).toMatch(/quote that does not occur[\s\S]*is no evidence/);
  });

  it.each(['scrutiny.md', 'user-testing.md'])(
    '%s tells to refute, and that nothing can be raised',
    (name) => {
      const prompt = readFileSync(join(root, 'services/validator/src/prompts', name), 'utf8');
      expect(prompt).toMatch(/refute[\s\S]*Confirming is not your work[\s\S]*you cannot raise one/);
    },
  );
});

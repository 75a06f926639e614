import type { ToolContext, Research } from '@missions/agent';
import { longestResult } from '@missions/agent';
import { DomainError } from '@missions/kernel';
import { referencesIn } from './file-references.ts';
import { outputLimits } from './output-limits.ts';
import { researchTool } from './research.ts';

const files = {
  read: (path: string) => {
    if (path !== 'src/a.ts' && path !== './src/a.ts')
      return Promise.reject(new DomainError('FILE_NOT_FOUND', `${path}: no such file.`));
    const bytes = Buffer.from('one\ntwo\nthree\n');
    return Promise.resolve({ bytes, size: bytes.length });
  },
};
const context: ToolContext = {
  runId: 'r1',
  turn: 1,
  callId: 'c1',
  at: '2026-01-01T00:00:00Z',
  signal: new AbortController().signal,
  progress: () => undefined,
};

describe('research', () => {
  it('says of each answer which of its references lead nowhere', async () => {
    const said = {
      q1: 'It is in src/a.ts:2-3, called from src/b.ts:7 and src/a.ts:4.',
      q2: 'See ./src/a.ts:1.',
      q3: 'I could not find it.',
    };
    const result = await asked(said);
    expect(result.content).toBe(
      [
        `## q1\n${said.q1}\n(checked: of its 3 references these lead nowhere: src/b.ts:7, src/a.ts:4)`,
        `## q2\n${said.q2}\n(checked: its 1 references exist)`,
        `## q3\n${said.q3}\n(checked: it names no place in a file)`,
      ].join('\n\n'),
    );
    expect(result.captured).toEqual({
      kind: 'research',
      answers: [
        { id: 'q1', references: 3, missing: ['src/b.ts:7', 'src/a.ts:4'] },
        { id: 'q2', references: 1, missing: [] },
        { id: 'q3', references: 0, missing: [] },
      ],
    });
  });

  it('answers each question in its place, also one without an answer', async () => {
    const tool = researchTool(() => Promise.resolve([{ id: 'b', answer: 'In src.' }]), files);
    const questions = ['a', 'b'].map((id) => ({ id, question: '?' }));
    const { content } = await tool.execute({ questions }, context);
    expect(content).toMatch(/^## a\n\(no answer\)\n.*\n\n## b\nIn src\./);
  });

  it('does not take two questions of one id, nor none, nor more than eight', () => {
    const { input } = researchTool(() => Promise.resolve([]), files);
    const question = { id: 'a', question: '?' };
    const nine = Array.from({ length: 9 }, (_, index) => ({ ...question, id: `${index}` }));
    for (const questions of [[question, question], [], nine])
      expect(input.safeParse({ questions }).success).toBe(false);
    expect(input.safeParse({ questions: nine.slice(1) }).success).toBe(true);
  });

  it('lets a fault of the files rise', async () => {
    const broken = { read: () => Promise.reject(new Error('the disk')) };
    await expect(asked({ q1: 'src/a.ts:1' }, broken)).rejects.toThrow('the disk');
  });

  it('keeps within the room of one result, however long the answers and however many references', async () => {
    const long = Array.from({ length: 9_000 }, (_, index) => `gone/${index}.ts:1`).join(' ');
    const answers = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`q${index}`, long]));
    const { content } = await asked(answers);
    expect(content).toContain('## q7\ngone/0.ts:1');
    expect(content.length).toBeLessThanOrEqual(outputLimits.resultCharacters + 1_000);
    expect(outputLimits.resultCharacters + 1_000).toBeLessThan(longestResult);
  });

  it.each([
    ['src/a.ts:12', ['src/a.ts:12']],
    [
      '`src/a-b/c_d.test.tsx:3`, (Makefile.am:4) /workspace/x/y:9',
      ['src/a-b/c_d.test.tsx:3', 'Makefile.am:4', '/workspace/x/y:9'],
    ],
    ['http://127.0.0.1:4747/x and localhost:80 at 12:30', []],
    ['a.ts:1 a.ts:1 a.ts:2', ['a.ts:1', 'a.ts:2']],
  ])('finds the places that “%s” names', (text, places) => {
    expect(referencesIn(text).map(({ path, line }) => `${path}:${line}`)).toEqual(places);
  });

  it('looks through hostile text in no time', () => {
    const before = performance.now();
    for (const text of ['a.'.repeat(50_000), 'a/'.repeat(50_000), '-'.repeat(100_000), 'a.b:'.repeat(25_000)])
      referencesIn(text);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

function asked(answers: Readonly<Record<string, string>>, view: Parameters<typeof researchTool>[1] = files) {
  const research: Research = (questions) =>
    Promise.resolve(questions.map(({ id }) => ({ id, answer: answers[id] ?? '' })));
  const questions = Object.keys(answers).map((id) => ({ id, question: 'Where?' }));
  return researchTool(research, view).execute({ questions }, context);
}

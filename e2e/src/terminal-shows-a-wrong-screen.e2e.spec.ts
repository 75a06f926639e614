import type { Evidence, MissionEventData } from '@missions/mission';
import { parseScript, type Script } from '@missions/models/scripted';
import { openStage, type Stage } from './stage/stage.ts';

type Judged = MissionEventData<'AssertionJudged'>;

const clear = String.raw`\x1b[2J\x1b[H`;

/** A converter with a menu. `answer` is what it does with the result; everything it writes is in its output either way. */
const program = (answer: string): string => `import { createInterface } from 'node:readline';

const prompt = createInterface({ input: process.stdin, output: process.stdout });
const menu = () => process.stdout.write('${clear}Temperature\\r\\n1) to Fahrenheit\\r\\nq) quit\\r\\n');
const fahrenheit = (celsius) => celsius * 1.8 + 32;

function choose() {
  prompt.question('> ', (choice) => {
    if (choice === 'q') return prompt.close();
    if (choice !== '1') return choose();
    prompt.question('Celsius? ', (celsius) => {
      const line = celsius + ' C is ' + fahrenheit(Number(celsius)) + ' F\\r\\n';
      ${answer}
      choose();
    });
  });
}

menu();
choose();
`;

const wrong = program('process.stdout.write(line);\n      menu();');
const right = program('menu();\n      process.stdout.write(line);');

const proposal = {
  brief: {
    title: 'A converter',
    goal: 'Degrees are converted on a terminal.',
    requirements: [{ id: 'REQ-1', text: 'A person chooses, types degrees, and reads the result.' }],
  },
  plan: {
    milestones: [{ id: 'M1', title: 'The converter' }],
    features: [
      {
        id: 'F-001',
        milestoneId: 'M1',
        title: 'Convert on a terminal',
        fulfils: ['VAL-MENU-001', 'VAL-MENU-002'],
      },
    ],
  },
  contract: {
    assertions: [
      {
        id: 'VAL-MENU-001',
        statement: 'The result stands on the screen, below the menu, when the next choice is asked for.',
        traces: ['REQ-1'],
        proof: {
          method: 'pty',
          command: 'node converter.mjs',
          steps: [
            { expected: { visible: ['Temperature', 'q) quit'] } },
            { send: '1', press: 'enter', expected: { visible: ['Celsius?'] } },
            {
              send: '100',
              press: 'enter',
              expected: { visible: ['q) quit', '100 C is 212 F'], hidden: ['Celsius?'] },
            },
            { send: 'q', press: 'enter' },
          ],
          expected: { exitCode: 0 },
          timeoutSec: 20,
        },
      },
      {
        id: 'VAL-MENU-002',
        statement: 'Input is read line by line, as the house rules ask, and never evaluated.',
        type: 'static',
        traces: ['REQ-1'],
        proof: {
          method: 'inspection',
          rules: [
            { path: '*.mjs', contains: 'node:readline', atLeast: 1 },
            { path: '**/*.mjs', in: 'diff', never: String.raw`\beval\(` },
          ],
        },
      },
    ],
  },
};

const turn = (tool: string, input: unknown): unknown => ({ calls: [{ tool, input }] });
const passes = (...ids: readonly string[]): unknown =>
  turn('report_validation', { results: ids.map((assertionId) => ({ assertionId, verdict: 'pass' })) });

function build(feature: string, content: string): unknown {
  const handoff = { outcome: 'success', whatWasImplemented: ['the converter'], whatWasLeftUndone: [] };
  return {
    match: { task: 'build', feature },
    turns: [
      turn('write', { file_path: 'converter.mjs', content }),
      turn('hand_off', { ...handoff, salientSummary: `${feature}: the converter works.` }),
    ],
  };
}

/** The worker and the validators say that all is well, whatever is on the screen. */
const story: Script = parseScript(
  JSON.stringify({
    version: 1,
    runs: [
      { match: { task: 'scope' }, turns: [turn('ask', { questions: [] })] },
      { match: { task: 'plan' }, turns: [turn('propose_plan', proposal)] },
      build('F-001', wrong),
      build('F-002', right),
      { match: { task: 'review' }, turns: [turn('report_review', { findings: [] })] },
      { match: { role: 'scrutiny', task: 'validate' }, turns: [passes('VAL-MENU-002')] },
      {
        match: { role: 'user_testing', task: 'validate' },
        turns: [
          turn('pty', { start: 'node converter.mjs', expect: '> ' }),
          turn('pty', { send: '1\n', expect: 'Celsius?' }),
          passes('VAL-MENU-001'),
        ],
      },
      {
        match: { task: 'triage' },
        turns: [
          turn('settle_findings', {
            items: [{ item: 'FIND-1', choice: 'fix_now', justification: 'Nobody could read the result.' }],
          }),
        ],
      },
    ],
  }),
  'converter',
);

describe('a terminal program that writes the right words and shows the wrong screen', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ script: story });
  });
  afterAll(() => stage.close());

  it('is caught with a picture of what a person would see, is mended, and passes', async () => {
    const { api } = stage;
    const id = await api.create({ goal: 'A converter', repository: stage.repository('converter').path });
    await api.approve(id);
    await api.until(id, ({ status }) => status === 'completed', 180_000);

    const judged = (await api.facts<Judged>(id, 'AssertionJudged')).filter(
      ({ assertionId }) => assertionId === 'VAL-MENU-001',
    );
    expect(judged.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass']);
    const [failed, , passed] = judged;
    expect(await pictureIn(failed?.evidence)).not.toContain('212 F');
    expect(await screensIn(failed?.evidence)).toContain('Temperature\n1) to Fahrenheit\nq) quit\n>');
    expect(await recordingIn(failed?.evidence)).toContain('100 C is 212 F');
    expect(await pictureIn(passed?.evidence)).toContain('100 C is 212 F</text>');

    const report = await api.report(id);
    const assertions = report.assertions.map(({ id: name, method, verdict }) => [name, method, verdict]);
    expect(assertions).toEqual([
      ['VAL-MENU-001', 'pty', 'pass'],
      ['VAL-MENU-002', 'inspection', 'pass'],
    ]);
    expect(report.assertions[0]?.evidence.map(({ kind }) => kind)).toContain('screenshot');
    expect(await api.text(`/v1/missions/${id}/report?format=html`)).toMatch(
      /<img [^>]*src="data:image\/svg\+xml;base64,/,
    );
    expect(report.findings).toMatchObject([{ id: 'FIND-1', settled: { choice: 'fix_now' } }]);
    expect(await stage.violations()).toEqual([]);
  });

  const pictureIn = (evidence: readonly Evidence[] = []): Promise<string> => shown(evidence, 'screenshot');
  const screensIn = (evidence: readonly Evidence[] = []): Promise<string> => shown(evidence, 'screen');
  const recordingIn = (evidence: readonly Evidence[] = []): Promise<string> => shown(evidence, 'recording');

  async function shown(evidence: readonly Evidence[], kind: string): Promise<string> {
    const found = evidence.filter((item) => item.kind === kind);
    expect(found).not.toEqual([]);
    const texts = await Promise.all(found.map(({ artifact }) => stage.api.artifact(artifact)));
    return texts.join('\n');
  }
});

import { parseScript, type Script } from '@missions/models/scripted';

export interface Told {
  readonly touches: readonly string[];
  /** Written in the first turn, and once more by whoever goes on, to the same end. */
  readonly file: string;
  /** What the plan says that it takes. */
  readonly minutes: number;
}

/**
 * One mission that works in a directory for long, and one that wants a file in it for a moment: the first can give it away at
 * the end of a turn, and goes on later.
 */
export const handingOver = {
  long: script({ touches: ['docs/**'], file: 'docs/long.md', minutes: 600 }),
  short: script({ touches: ['docs/short.md'], file: 'docs/short.md', minutes: 5 }),
};

export function call(tool: string, input: Record<string, unknown>): unknown {
  return { calls: [{ tool, input }] };
}

/** A mission of one feature, whose agent does this. */
export function script(told: Told, turns: readonly unknown[] = building(told)): Script {
  const results = [{ assertionId: 'VAL-F001-001', verdict: 'pass' }];
  const runs = [
    { match: { task: 'scope' }, turns: [call('ask', { questions: [] })] },
    { match: { task: 'plan' }, turns: [call('propose_plan', plan(told))] },
    { match: { task: 'build' }, turns },
    { match: { task: 'review' }, turns: [call('report_review', { findings: [] })] },
    { match: { task: 'validate' }, turns: [call('report_validation', { results })] },
  ];
  return parseScript(JSON.stringify({ version: 1, runs }), 'handing-over');
}

function plan({ touches, file, minutes }: Told): Record<string, unknown> {
  return {
    brief: {
      title: 'Files',
      goal: 'The file is written.',
      requirements: [{ id: 'REQ-1', text: 'The file is there.' }],
    },
    plan: {
      milestones: [{ id: 'M1', title: 'The file' }],
      features: [
        {
          id: 'F-001',
          order: 0,
          milestoneId: 'M1',
          title: `Write ${file}`,
          touches,
          fulfils: ['VAL-F001-001'],
        },
      ],
      estimate: { runs: 3, minutes, basis: 'as the story needs it' },
    },
    contract: {
      assertions: [
        {
          id: 'VAL-F001-001',
          statement: `${file} is there.`,
          traces: ['REQ-1'],
          proof: { method: 'command', command: `test -s ${file}`, expected: { exitCode: 0 } },
        },
      ],
    },
  };
}

function building({ file }: Told): readonly unknown[] {
  const handoff = {
    outcome: 'success',
    salientSummary: `${file} is written.`,
    whatWasImplemented: ['the file'],
    whatWasLeftUndone: [],
  };
  return [
    call('write', { file_path: file, content: 'So it is.\n' }),
    call('glob', { pattern: '**/*.md' }),
    call('hand_off', handoff),
  ];
}

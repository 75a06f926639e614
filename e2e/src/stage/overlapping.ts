import { parseScript, type Script } from '@missions/models/scripted';

/** One feature and what its worker does. */
export interface Part {
  readonly id: string;
  readonly touches: readonly string[];
  /** What its worker does in the first turn, after which it looks around and hands off. */
  readonly command: string;
  readonly proof: string;
}

const shared = (id: string, line: string): Part => ({
  id,
  touches: ['shared.md'],
  command: `echo '${line}' >> shared.md`,
  proof: `grep -qx '${line}' shared.md`,
});

const own: Part = {
  id: 'F-001',
  touches: [],
  command: 'echo first > own.md',
  proof: 'test -s own.md',
};

/**
 * Two missions that both append a line to one file. The first begins with a feature that does not say what it touches, so that
 * with shared integration it holds the whole repository until it is asked what it needs of it.
 */
export const overlapping = {
  first: script([own, shared('F-002', 'the first was here')]),
  second: script([shared('F-001', 'the second was here')]),
};

/**
 * Three missions that append to one file. The second begins at once only because the first keeps no more than that file, and so
 * comes to its own line before the third asks for the file, which it would not have without that.
 */
export const steppingBack = {
  first: script([{ ...shared('F-001', 'the first was here'), touches: [] }]),
  second: script([{ ...own, touches: ['own.md'] }, shared('F-002', 'the second was here')]),
  third: script([shared('F-001', 'the third was here')]),
};

/** Three missions that append to one file and each write one of their own; one does not say what it touches. */
export const sharing = [
  script([own, shared('F-002', 'the first was here')]),
  script([shared('F-001', 'the second was here'), ownOf('F-002', 'second')]),
  script([ownOf('F-001', 'third'), shared('F-002', 'the third was here')]),
];

function ownOf(id: string, name: string): Part {
  return {
    id,
    touches: [`${name}.md`],
    command: `echo ${name} > ${name}.md`,
    proof: `grep -qx ${name} ${name}.md`,
  };
}

function call(tool: string, input: Record<string, unknown>): unknown {
  return { calls: [{ tool, input }] };
}

function assertionOf({ id }: Pick<Part, 'id'>): string {
  return `VAL-${id.replace('-', '')}-001`;
}

/** One milestone of such features, for which all goes well. */
export function script(parts: readonly Part[]): Script {
  const results = parts.map((part) => ({ assertionId: assertionOf(part), verdict: 'pass' }));
  const runs = [
    { match: { task: 'scope' }, turns: [call('ask', { questions: [] })] },
    { match: { task: 'plan' }, turns: [call('propose_plan', plan(parts))] },
    ...parts.map(building),
    { match: { task: 'review' }, turns: [call('report_review', { findings: [] })] },
    { match: { task: 'validate' }, turns: [call('report_validation', { results })] },
  ];
  return parseScript(JSON.stringify({ version: 1, runs }), 'overlapping');
}

function plan(parts: readonly Part[]): Record<string, unknown> {
  return {
    brief: {
      title: 'Lines',
      goal: 'Every line is written.',
      requirements: [{ id: 'REQ-1', text: 'Every line is there.' }],
    },
    plan: {
      milestones: [{ id: 'M1', title: 'All lines' }],
      features: parts.map(({ id, touches }, order) => ({
        id,
        order,
        milestoneId: 'M1',
        title: `Write the line of ${id}`,
        touches,
        fulfils: [assertionOf({ id })],
      })),
    },
    contract: {
      assertions: parts.map((part) => ({
        id: assertionOf(part),
        statement: `The line of ${part.id} is there.`,
        traces: ['REQ-1'],
        proof: { method: 'command', command: part.proof, expected: { exitCode: 0 } },
      })),
    },
  };
}

function building({ id, command }: Part): unknown {
  const handoff = {
    outcome: 'success',
    salientSummary: `${id} is built.`,
    whatWasImplemented: ['the line'],
    whatWasLeftUndone: [],
  };
  return {
    match: { task: 'build', feature: id },
    turns: [call('bash', { command }), call('glob', { pattern: '*.md' }), call('hand_off', handoff)],
  };
}

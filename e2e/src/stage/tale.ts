import { parseScript, type Script, type ScriptedTurn } from '@missions/models/scripted';

type Call = ScriptedTurn['calls'][number];

/** What the agents of a small mission say; everything left out goes well. */
export interface Tale {
  /** Each writes a file of its name, which its assertion looks for. */
  readonly features?: readonly string[];
  /** Asks one blocking question before planning. */
  readonly asks?: boolean;
  /** Features whose worker claims success, but leaves the file empty. */
  readonly failing?: readonly string[];
  /** Features whose worker claims success without changing anything; gives up after being refused. */
  readonly idle?: readonly string[];
  /** The last feature starts a service, which an `http` assertion drives; needs a port that is free inside the sandbox. */
  readonly serves?: boolean;
  /** Fixes help. */
  readonly fixable?: boolean;
  readonly maxFixRounds?: number;
  /** Turns of reading before each worker writes; every one a call of the model. */
  readonly extraTurns?: number;
  readonly broadcasts?: boolean;
}

const call = (tool: string, input: Record<string, unknown>): Call => ({ tool, input });
const turn = (...calls: readonly Call[]): unknown => ({ calls });

/** The tale as a script that any provider can play. */
export function tale(told: Tale = {}): Script {
  const features = told.features ?? ['F-001'];
  const runs = [
    ...scoping(told),
    { match: { task: 'plan' }, turns: [turn(call('propose_plan', plan(features, told)))] },
    ...features.flatMap((feature) => building(feature, told)),
    ...validating(features, told),
    ...negotiating(features, told),
    {
      match: { task: 'converse' },
      turns: [turn(call('reply', { text: 'The work goes on as planned.' }))],
    },
  ];
  return parseScript(JSON.stringify({ version: 1, runs }), 'tale');
}

export function fileOf(feature: string): string {
  return `${feature.toLowerCase()}.txt`;
}

export function assertionOf(feature: string): string {
  return `VAL-${feature.replace('-', '')}-001`;
}

function scoping({ asks = false }: Tale): readonly unknown[] {
  const question = { id: 'Q1', text: 'Which colour?', blocking: true };
  const ready = { match: { task: 'scope' }, turns: [turn(call('ask', { questions: [] }))] };
  if (!asks) return [ready];
  const first = {
    match: { task: 'scope', round: 1 },
    turns: [turn(call('read', { file_path: 'README.md' })), turn(call('ask', { questions: [question] }))],
  };
  return [first, ready];
}

function plan(features: readonly string[], { serves = false, maxFixRounds }: Tale): Record<string, unknown> {
  const last = features.at(-1) ?? '';
  return {
    brief: {
      title: 'Files',
      goal: 'The files are there.',
      requirements: [{ id: 'REQ-1', text: 'Every file is there and not empty.' }],
    },
    plan: {
      milestones: [{ id: 'M1', title: 'All files', ...(maxFixRounds !== undefined && { maxFixRounds }) }],
      services: serves
        ? [{ name: 'web', start: 'PORT=8099 node server.mjs', health: 'http://127.0.0.1:8099/', port: 8099 }]
        : [],
      features: features.map((id, order) => ({
        id,
        order,
        milestoneId: 'M1',
        title: `Write ${fileOf(id)}`,
        fulfils: [assertionOf(id), ...(serves && id === last ? ['VAL-WEB-001'] : [])],
      })),
    },
    contract: {
      assertions: [...features.map(fileAssertion), ...(serves ? [webAssertion] : [])],
    },
  };
}

function fileAssertion(feature: string): unknown {
  return {
    id: assertionOf(feature),
    statement: `${fileOf(feature)} is there and not empty.`,
    traces: ['REQ-1'],
    proof: { method: 'command', command: `test -s ${fileOf(feature)}`, expected: { exitCode: 0 } },
  };
}

const webAssertion = {
  id: 'VAL-WEB-001',
  statement: 'It answers.',
  traces: ['REQ-1'],
  proof: {
    method: 'http',
    steps: [{ url: 'http://127.0.0.1:8099/', expected: { status: 200, text: 'hello' } }],
  },
};

const server =
  "import http from 'node:http';\nhttp.createServer((_, r) => r.end('hello')).listen(Number(process.env.PORT), '127.0.0.1');\n";

function building(feature: string, told: Tale): readonly unknown[] {
  const { features = ['F-001'], extraTurns = 0, failing = [], idle = [] } = told;
  const reading = Array.from({ length: extraTurns }, () => turn(call('glob', { pattern: '**/*' })));
  const success = call('hand_off', handoff(`${feature} is built.`));
  if (idle.includes(feature)) {
    const failure = call('hand_off', { ...handoff('There was nothing to do.'), outcome: 'failure' });
    return [{ match: { task: 'build', feature }, turns: [...reading, turn(success), turn(failure)] }];
  }
  const content = failing.includes(feature) ? '' : `${feature}\n`;
  const writes = [
    call('write', { file_path: fileOf(feature), content }),
    ...(told.serves === true && feature === features.at(-1)
      ? [call('write', { file_path: 'server.mjs', content: server })]
      : []),
  ];
  const broadcast = call('broadcast', { kind: 'decision', title: `${feature} has begun`, body: 'So be it.' });
  return [
    {
      match: { task: 'build', feature },
      turns: [
        ...reading,
        turn(...writes),
        turn(call('bash', { command: `wc -c ${fileOf(feature)}` })),
        ...(told.broadcasts === true ? [turn(broadcast)] : []),
        turn(success),
      ],
    },
  ];
}

function handoff(salientSummary: string): Record<string, unknown> {
  return { outcome: 'success', salientSummary, whatWasImplemented: ['it'], whatWasLeftUndone: [] };
}

function validating(features: readonly string[], { serves = false, failing = [] }: Tale): readonly unknown[] {
  const passes = (ids: readonly string[]): unknown => ({
    results: ids.map((assertionId) => ({ assertionId, verdict: 'pass' })),
  });
  // What an agent says cannot raise a verdict: the first round claims that all is well, whatever was measured.
  const scrutiny = passes(features.map(assertionOf));
  const look = turn(call('bash', { command: 'ls' }));
  return [
    { match: { task: 'review' }, turns: [turn(call('report_review', { findings: [] }))] },
    {
      match: { role: 'scrutiny', task: 'validate' },
      turns: [...(failing.length > 0 ? [look] : []), turn(call('report_validation', scrutiny as never))],
    },
    ...(serves
      ? [
          {
            match: { role: 'user_testing', task: 'validate' },
            turns: [
              turn(call('http', { method: 'GET', url: 'http://127.0.0.1:8099/' })),
              turn(call('report_validation', passes(['VAL-WEB-001']) as never)),
            ],
          },
        ]
      : []),
  ];
}

/** One finding a round: each is settled by a fix of its own, FIND-1 by the first feature number that is free, and so on. */
function negotiating(
  features: readonly string[],
  { failing = [], fixable = true, maxFixRounds = 3 }: Tale,
): readonly unknown[] {
  const [broken] = failing;
  if (broken === undefined) return [];
  return Array.from({ length: maxFixRounds }, (_, index) => index + 1).flatMap((round) => {
    const fix = `F-${String(features.length + round).padStart(3, '0')}`;
    const content = fixable ? `${fix} mended it.\n` : '';
    const other = { file_path: `attempt-${String(round)}.txt`, content: 'I tried.\n' };
    return [
      {
        match: { task: 'triage', round },
        turns: [
          turn(
            call('settle_findings', {
              items: [
                {
                  item: `FIND-${String(round)}`,
                  choice: 'fix_now',
                  justification: 'The contract asks for it.',
                },
              ],
            }),
          ),
        ],
      },
      {
        match: { task: 'build', feature: fix },
        turns: [
          turn(call('write', { file_path: fileOf(broken), content }), call('write', other)),
          turn(call('hand_off', handoff(`${fix} is built.`))),
        ],
      },
    ];
  });
}

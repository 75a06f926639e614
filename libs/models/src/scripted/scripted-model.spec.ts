import type { Message } from '../content.ts';
import type { ModelReply } from '../reply.ts';
import { withRunHeader, type RunHeader } from '../run-header.ts';
import { parseScript } from './parse-script.ts';
import { ScriptedModel } from './scripted-model.ts';

const source = `
version: 1
runs:
  - match: { role: worker, feature: F-001, attempt: 1 }
    turns:
      - text: I read the spec first.
        calls: [{ tool: read, input: { file_path: README.md } }]
      - calls: [{ tool: hand_off, input: { outcome: success } }]
        usage: { input: 1200, output: 300 }
  - match: { role: worker, feature: F-001 }
    turns: [{ text: again }]
  - match: { role: researcher, question: Q1 }
    turns: [{ text: because, stopReason: max_tokens }]
  - match: {}
    turns: [{ text: anything else }]
`;

describe('a scripted model', () => {
  const model = new ScriptedModel('demo/x', parseScript(source, 'script.yaml'));
  const play = (header: RunHeader, turns = 0): Promise<ModelReply> =>
    model.respond({ system: '', messages: conversation(header, turns), tools: [], maxTokens: 10 });

  it.each([
    [{ role: 'worker', feature: 'F-001', attempt: 1 }, 'I read the spec first.'],
    [{ role: 'worker', feature: 'F-001', attempt: 2 }, 'again'],
    [{ role: 'researcher', question: 'Q1', round: 3 }, 'because'],
    [{ role: 'worker', feature: 'F-002' }, 'anything else'],
    [{}, 'anything else'],
  ])('plays the first run that matches %j', async (header, text) => {
    const reply = await play(header);
    expect(reply.content[0]).toEqual({ type: 'text', text });
  });

  it('plays the turn that follows the assistant turns already there', async () => {
    const reply = await play({ role: 'worker', feature: 'F-001', attempt: 1 }, 1);
    expect(reply).toEqual({
      content: [{ type: 'tool_use', id: 'call_2_1', name: 'hand_off', input: { outcome: 'success' } }],
      stopReason: 'tool_use',
      usage: { input: 1200, output: 300, cacheRead: 0, cacheWrite: 0 },
    });
  });

  it('says which run has no further turn', async () => {
    await expect(play({ role: 'worker', feature: 'F-001' }, 1)).rejects.toThrow(
      'The scripted run runs.1 {"role":"worker","feature":"F-001"} has 1 turns, but turn 2 was asked for.',
    );
  });

  it('refuses a request that does not say what it serves', async () => {
    const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }];
    await expect(model.respond({ system: '', messages, tools: [], maxTokens: 1 })).rejects.toThrow(
      'fenced JSON block',
    );
  });
});

describe('reading a script', () => {
  it.each([
    [
      'version: 1\nruns:\n  - match: {}\n    turn: []\n',
      'script.yaml:4: unknown key "turn" at runs.0, did you mean "turns"?',
    ],
    [
      'version: 1\nruns:\n  - match: { rol: x }\n    turns: [{}]\n',
      'script.yaml:3: unknown key "rol" at runs.0.match, did you mean "role"?',
    ],
    ['version: 2\nruns: []\n', 'script.yaml:1: '],
    [
      'version: 1\nruns:\n  - match: {}\n    turns:\n      - text: a\n        calls: [{ tol: read }]\n',
      'script.yaml:6: ',
    ],
    ['version: 1\nruns: [\n', 'script.yaml:3: '],
    ['', 'script.yaml:1: '],
  ])('refuses %j with path, line and the nearest right thing', (text, message) => {
    expect(() => parseScript(text, 'script.yaml')).toThrow(message);
  });

  it('reads JSON too', () => {
    expect(parseScript('{"version":1,"runs":[]}', 'script.json')).toEqual({ version: 1, runs: [] });
  });
});

function conversation(header: RunHeader, turns: number): Message[] {
  const answered = Array.from({ length: turns }, (): Message[] => [
    { role: 'assistant', content: [{ type: 'text', text: 'before' }] },
    { role: 'user', content: [{ type: 'text', text: 'on' }] },
  ]);
  return [
    { role: 'user', content: [{ type: 'text', text: withRunHeader(header, 'Go.') }] },
    ...answered.flat(),
  ];
}

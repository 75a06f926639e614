import { createRedactor } from '@missions/kernel';
import type { Role, Task } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';
import { z } from 'zod';
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

const look = ['read', 'glob', 'grep'];

describe('the tools of a task', () => {
  it.each<[Role, Task, readonly string[]]>([
    ['orchestrator', 'scope', [...look, 'research', 'broadcast', 'ask']],
    ['orchestrator', 'plan', [...look, 'research', 'broadcast', 'propose_plan']],
    ['orchestrator', 'triage', [...look, 'research', 'broadcast', 'settle_findings']],
    ['orchestrator', 'converse', [...look, 'research', 'broadcast', 'reply']],
    ['orchestrator', 'report', [...look, 'research', 'broadcast']],
    ['worker', 'build', [...look, 'research', 'write', 'edit', 'bash', 'broadcast', 'hand_off']],
    ['scrutiny', 'validate', [...look, 'research', 'bash', 'broadcast', 'report_validation']],
    [
      'user_testing',
      'validate',
      [...look, 'bash', 'http', 'browser', 'pty', 'broadcast', 'report_validation'],
    ],
    ['researcher', 'research', look],
    ['scrutiny', 'review', [...look, 'report_review']],
  ])('%s, %s: %j', (role, task, names) => {
    expect(toolsFor({ role, task }, parts).map(({ name }) => name)).toEqual(names);
  });

  it('include exactly one closing tool, the last, unless the task ends with its text', () => {
    for (const task of ['scope', 'plan', 'build', 'validate', 'triage', 'converse'] as const) {
      const effects = toolsFor({ role: task === 'build' ? 'worker' : 'orchestrator', task }, parts).map(
        ({ effect }) => effect,
      );
      expect(effects.filter((effect) => effect === 'closing')).toHaveLength(1);
      expect(effects.at(-1)).toBe('closing');
    }
  });

  it('offer research only where there are helpers', () => {
    const { research: _, ...alone } = parts;
    expect(toolsFor({ role: 'worker', task: 'build' }, alone).map(({ name }) => name)).not.toContain(
      'research',
    );
  });

  it('let a run negotiate that shares something with other missions, and no other', () => {
    const sharing = { ...parts, negotiate: () => Promise.resolve('Granted.') };
    const names = (role: Role, task: Task) => toolsFor({ role, task }, sharing).map(({ name }) => name);
    expect(names('worker', 'build').slice(-3)).toEqual(['negotiate', 'broadcast', 'hand_off']);
    expect(names('scrutiny', 'validate')).toContain('negotiate');
    expect(names('user_testing', 'validate')).toContain('negotiate');
    expect(names('scrutiny', 'review')).not.toContain('negotiate');
    expect(names('orchestrator', 'plan')).not.toContain('negotiate');
  });

  it('cannot be made without what they need', () => {
    const { session: _, ...without } = parts;
    expect(() => toolsFor({ role: 'worker', task: 'build' }, without)).toThrow(
      'The tools of build need session.',
    );
    expect(() => toolsFor({ role: 'orchestrator', task: 'plan' }, { ...parts, conclude: {} })).toThrow(
      'conclude.propose_plan',
    );
  });

  it('have inputs that a model can be told, with the fields that scripts depend on', () => {
    const offered = [
      ...toolsFor(
        { role: 'worker', task: 'build' },
        { ...parts, negotiate: () => Promise.resolve('Granted.') },
      ),
      ...toolsFor({ role: 'user_testing', task: 'validate' }, parts),
      ...(['scope', 'plan', 'triage', 'converse'] as const).flatMap((task) =>
        toolsFor({ role: 'orchestrator', task }, parts),
      ),
    ];
    const inputs = Object.fromEntries(
      offered.map(({ name, input }) => {
        const schema = z.toJSONSchema(input, { io: 'input' });
        expect(schema.type).toBe('object');
        return [name, { all: Object.keys(schema.properties ?? {}), required: schema.required ?? [] }];
      }),
    );
    expect(inputs).toMatchObject({
      read: { all: ['file_path', 'offset', 'limit'], required: ['file_path'] },
      glob: { all: ['pattern', 'path'], required: ['pattern'] },
      grep: { all: ['pattern', 'path', 'glob', 'output'], required: ['pattern'] },
      research: { all: ['questions'] },
      write: { all: ['file_path', 'content'], required: ['file_path', 'content'] },
      edit: {
        all: ['file_path', 'old_string', 'new_string', 'replace_all'],
        required: ['file_path', 'old_string', 'new_string'],
      },
      bash: { all: ['command', 'timeout_ms', 'background'], required: ['command'] },
      http: { all: ['method', 'url', 'headers', 'body'], required: ['method', 'url'] },
      browser: { all: ['action', 'url', 'target', 'value'], required: ['action'] },
      pty: { all: ['start', 'send', 'press', 'expect'], required: [] },
      negotiate: {
        all: ['resource', 'mode', 'reason', 'flexible', 'choose'],
        required: ['resource', 'mode', 'reason'],
      },
      broadcast: {
        all: ['kind', 'title', 'body', 'audience', 'priority'],
        required: ['kind', 'title', 'body'],
      },
      ask: { all: ['questions', 'brief'], required: ['questions'] },
      propose_plan: { all: ['brief', 'plan', 'contract'] },
      settle_findings: { all: ['items', 'plan_delta', 'contract_delta'], required: ['items'] },
      reply: { all: ['text', 'plan_delta', 'contract_delta'], required: ['text'] },
      hand_off: {
        required: ['outcome', 'salientSummary', 'whatWasImplemented', 'whatWasLeftUndone'],
      },
      report_validation: { all: ['results', 'findings', 'summary'], required: ['results'] },
    });
  });
});

import { StopRun, type ToolContext } from '@missions/agent';
import { DomainError } from '@missions/kernel';
import type { HandoffClaim } from '@missions/mission';
import { closingToolOf } from './closing-tools.ts';

const context = { runId: 'm-test-r1', turn: 3, callId: 'call-1' } as ToolContext;

const claim = {
  outcome: 'success',
  salientSummary: 'Done.',
  whatWasImplemented: ['all'],
  whatWasLeftUndone: [],
};

describe('a closing tool', () => {
  it('gives the checked input to the conclusion and is accepted', async () => {
    const given: HandoffClaim[] = [];
    const tool = closingToolOf('hand_off', (input) => {
      given.push(input);
      return Promise.resolve('Commit abc.');
    });
    const result = await tool.execute(tool.input.parse(claim), context);
    expect(result).toEqual({ content: 'Accepted. Commit abc.' });
    expect(given).toMatchObject([{ outcome: 'success', discoveredIssues: [] }]);
  });

  it('answers a refusal with what is wrong and where, so that the run goes on', async () => {
    const tool = closingToolOf('report_validation', () =>
      Promise.reject(
        new DomainError('REPORT_INVALID', 'VAL-A-001 has no result.', { problems: ['VAL-A-001'] }),
      ),
    );
    const result = await tool.execute(tool.input.parse({ results: [] }), context);
    expect(result.isError).toBe(true);
    expect(result.content).toBe(
      'Not accepted (REPORT_INVALID): VAL-A-001 has no result.\n{\n "problems": [\n  "VAL-A-001"\n ]\n}\nMend this and call the tool again.',
    );
  });

  it.each([
    ['a newer holder', new DomainError('STALE_TOKEN', 'The run is held under a newer token.')],
    ['a fault', new Error('connection reset')],
  ])('does not answer %s: it rises', async (_what, error) => {
    const tool = closingToolOf('reply', () => Promise.reject(error));
    await expect(tool.execute({ text: 'yes' }, context)).rejects.toBe(error);
  });

  it('ends the run when what it shares was lost: there is nothing to mend', async () => {
    const tool = closingToolOf('reply', () => Promise.reject(new DomainError('LOCK_LOST', 'Lost.')));
    const ended = tool.execute({ text: 'yes' }, context);
    await expect(ended).rejects.toThrow(StopRun);
    await expect(ended).rejects.toMatchObject({ how: 'interrupt' });
  });

  it('drops unknown fields of a handoff and notes them', async () => {
    const given: HandoffClaim[] = [];
    const tool = closingToolOf('hand_off', (input) => {
      given.push(input);
      return Promise.resolve(undefined);
    });
    const result = await tool.execute(tool.input.parse({ ...claim, mood: 'good', verified: true }), context);
    expect(result.content).toBe('Accepted. Unknown fields were dropped: mood, verified.');
    expect(given[0]).not.toHaveProperty('mood');
  });

  it.each([
    ['ask', { questions: [{ id: '1', text: 'x' }] }],
    ['ask', { questions: 'none' }],
    ['propose_plan', { brief: {}, plan: {}, contract: {} }],
    ['settle_findings', { items: [{ item: 'FIND-1', choice: 'forget', justification: 'x' }] }],
    ['reply', { text: '' }],
    ['hand_off', { outcome: 'great' }],
    ['report_validation', { results: [{ assertionId: 'VAL-A-001', verdict: 'green' }] }],
  ] as const)('%s does not take %j', (name, input) => {
    const tool = closingToolOf(name, () => Promise.resolve(undefined));
    expect(tool.input.safeParse(input).success).toBe(false);
  });
});

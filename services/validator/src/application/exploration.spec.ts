import type { AnyTool, ToolContext } from '@missions/agent';
import { assertionSchema } from '@missions/mission';
import { z } from 'zod';
import { endingAfter, userTestingTurns } from './exploration.ts';

const steps = ['/', '/a', '/b'].map((path) => ({ url: `http://127.0.0.1:8080${path}` }));
const assertion = assertionSchema.parse({
  id: 'VAL-API-001',
  statement: 'It answers.',
  proof: { method: 'http', steps },
});

function tool(name: string, effect: AnyTool['effect']): AnyTool {
  const input = z.looseObject({});
  return { name, description: name, input, effect, execute: () => Promise.resolve({ content: 'done' }) };
}

const at = (turn: number): ToolContext => ({ turn }) as ToolContext;

describe('the turns of a user tester', () => {
  it('grow with the flows it has to walk, and with what it may explore', () => {
    expect(userTestingTurns([assertion], 12)).toBe(4 + 2 + 3 + 12);
    expect(userTestingTurns([assertion, assertion], 0)).toBe(4 + 2 * 5);
  });

  it('end with the report, and nothing else is executed after them', async () => {
    const [look, close] = endingAfter(3, [tool('http', 'write'), tool('report_validation', 'closing')]);
    expect(await look?.execute({}, at(3))).toEqual({ content: 'done' });
    expect(await look?.execute({}, at(4))).toMatchObject({
      isError: true,
      content: expect.stringContaining('Report') as string,
    });
    expect(await close?.execute({}, at(4))).toEqual({ content: 'done' });
  });
});

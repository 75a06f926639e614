import { demoScript } from './demo-script.ts';

interface Script {
  readonly runs: readonly {
    readonly match: Record<string, unknown>;
    readonly turns: readonly { delayMs: number }[];
  }[];
}

async function parsed(...args: Parameters<typeof demoScript>): Promise<Script> {
  const { parse } = await import('yaml');
  return parse(await demoScript(...args)) as Script;
}

describe('the demo’s script', () => {
  it('serves every role', async () => {
    const { runs } = await parsed(1);
    const roles = new Set(runs.map(({ match }) => match['role']));
    expect([...roles].map(String).sort((left, right) => left.localeCompare(right))).toEqual([
      'orchestrator',
      'researcher',
      'scrutiny',
      'user_testing',
      'worker',
    ]);
  });

  it('plays as fast as it is told to', async () => {
    const longest = async (speed: number): Promise<number> =>
      Math.max(...(await parsed(speed)).runs.flatMap(({ turns }) => turns.map(({ delayMs }) => delayMs)));
    expect(await longest(1)).toBe(2_500);
    expect(await longest(5)).toBe(500);
    // Somebody has to be able to kill a worker in it.
    expect(await longest(100)).toBe(400);
  });

  it('puts what is broken first, since the first match wins', async () => {
    const fixOf = ({ runs }: Script): unknown =>
      runs.find(({ match }) => match['feature'] === 'F-006')?.turns[0];
    expect(fixOf(await parsed(1, 'fix'))).not.toEqual(fixOf(await parsed(1)));
    const { runs } = await parsed(1, 'fix');
    expect(runs.length).toBeGreaterThan((await parsed(1)).runs.length);
  });
});

import { StoreUnavailableError } from '@missions/event-store';
import { Line, type Answer } from './line.ts';

/** A line whose work waits until it is let go, and fails for those who ask for it. */
class Desk {
  readonly served: (readonly string[])[] = [];
  private gate = Promise.withResolvers<undefined>();
  readonly line = new Line<string, string>({
    work: async (_key, together) => {
      this.served.push(together);
      await this.gate.promise;
      if (together.includes('away')) throw new StoreUnavailableError('gone', { cause: undefined });
      if (together.includes('fault')) throw new Error('fault');
      return together.map((asked): Answer<string> =>
        asked === 'refused' ? { error: new Error(asked) } : { result: asked },
      );
    },
    maxTogether: 3,
    maxWaiting: 4,
  });

  ask(...asked: readonly string[]): Promise<readonly string[]> {
    const asking = asked.map((one) =>
      this.line.join('key', one).catch((error: unknown) => `! ${String(error)}`),
    );
    this.gate.resolve(undefined);
    return Promise.all(asking);
  }
}

describe('a line', () => {
  it('serves the first at once, and those behind it together, in their order', async () => {
    const desk = new Desk();
    expect(await desk.ask('a', 'b', 'c', 'd', 'e')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(desk.served).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  });

  it('tells each its own error', async () => {
    expect(await new Desk().ask('a', 'b', 'refused', 'c')).toEqual(['a', 'b', '! Error: refused', 'c']);
  });

  it('serves one by one where several together have failed, and goes on', async () => {
    const desk = new Desk();
    expect(await desk.ask('a', 'b', 'fault', 'c')).toEqual(['a', 'b', '! Error: fault', 'c']);
    expect(desk.served.slice(1)).toEqual([['b', 'fault', 'c'], ['b'], ['fault'], ['c']]);
    expect(await desk.ask('later')).toEqual(['later']);
  });

  it('lets nobody wait while the store is away', async () => {
    const desk = new Desk();
    const answers = await desk.ask('away', 'b', 'c', 'd', 'e');
    expect(answers.every((answer) => answer.includes('unavailable'))).toBe(true);
    expect(desk.served).toEqual([['away']]);
  });

  it('turns away whom it cannot keep', async () => {
    const answers = await new Desk().ask('a', 'b', 'c', 'd', 'e', 'f');
    expect(answers.slice(0, 5)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(answers[5]).toContain('Too many wait');
  });
});

import { StreamRuns } from './stream-runs.ts';

const noRest = (): Promise<void> => Promise.resolve();

/** Runs that end when the test says so. */
function scene(
  limit: number,
  rest = noRest,
): {
  readonly runs: StreamRuns;
  readonly began: string[];
  readonly end: (stream: string, error?: Error) => Promise<void>;
} {
  const began: string[] = [];
  const open = new Map<string, PromiseWithResolvers<undefined>>();
  const runs = new StreamRuns(
    (stream) => {
      began.push(stream);
      const run = Promise.withResolvers<undefined>();
      open.set(stream, run);
      return run.promise;
    },
    limit,
    rest,
  );
  const end = async (stream: string, error?: Error): Promise<void> => {
    const run = open.get(stream);
    if (error) run?.reject(error);
    else run?.resolve(undefined);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { runs, began, end };
}

describe('runs by stream', () => {
  it('are one at a time per stream, and many who ask meanwhile share the next', async () => {
    const { runs, began, end } = scene(8);
    const first = runs.run('a');
    const second = runs.run('a');
    expect(runs.run('a')).toBe(second);
    expect(began).toEqual(['a']);
    await end('a');
    await first;
    expect(began).toEqual(['a', 'a']);
    await end('a');
    await second;
    expect(began).toEqual(['a', 'a']);
  });

  it('go on at the same time in different streams, up to the limit', async () => {
    const { runs, began, end } = scene(2);
    const all = ['a', 'b', 'c'].map((stream) => runs.run(stream));
    expect(began).toEqual(['a', 'b']);
    await end('b');
    expect(began).toEqual(['a', 'b', 'c']);
    await end('a');
    await end('c');
    await Promise.all(all);
  });

  it('tell those who asked of a failure, and go on', async () => {
    const { runs, began, end } = scene(1);
    const first = runs.run('a');
    const second = runs.run('a');
    const refused = expect(first).rejects.toThrow('no');
    await end('a', new Error('no'));
    await refused;
    await end('a');
    await second;
    expect(began).toEqual(['a', 'a']);
  });

  it('let a stream rest, and begin once for all who asked meanwhile; other streams do not wait', async () => {
    const rests: PromiseWithResolvers<undefined>[] = [];
    const { runs, began, end } = scene(8, () => {
      const rest = Promise.withResolvers<undefined>();
      rests.push(rest);
      return rest.promise;
    });
    const first = runs.run('a');
    await end('a');
    await first;
    const asked = [runs.run('a'), runs.run('a')];
    const ended = runs.ended('a');
    void runs.run('b');
    expect(began).toEqual(['a', 'b']);
    rests[0]?.resolve(undefined);
    await end('b');
    expect(began).toEqual(['a', 'b', 'a']);
    await end('a');
    await Promise.all([...asked, ended]);
    expect(began).toEqual(['a', 'b', 'a']);
  });

  it('are idle when the last one has ended', async () => {
    const { runs, end } = scene(1);
    void runs.run('a');
    void runs.run('a');
    const idle = runs.idle();
    await end('a');
    await end('a');
    await expect(idle).resolves.toBeUndefined();
  });

  it('begin by turns where streams wait, one that is urgent and one of the others', async () => {
    const { runs, began, end } = scene(1);
    void runs.run('now');
    for (const stream of ['a', 'b', 'c']) void runs.run(stream);
    for (const stream of ['x', 'y']) void runs.run(stream, { isUrgent: true });
    for (const stream of ['now', 'x', 'a', 'y', 'b', 'c']) await end(stream);
    expect(began).toEqual(['now', 'x', 'a', 'y', 'b', 'c']);
  });

  it('are begun once for all who ask before they begin, and earlier when one of them is urgent', async () => {
    const { runs, began, end } = scene(1);
    void runs.run('now');
    const waiting = runs.run('a');
    for (const stream of ['b', 'c']) void runs.run(stream);
    void runs.run('x', { isUrgent: true });
    void runs.run('c', { isUrgent: true });
    expect(runs.run('a')).toBe(waiting);
    for (const stream of ['now', 'x', 'a', 'c', 'b']) await end(stream);
    expect(began).toEqual(['now', 'x', 'a', 'c', 'b']);
  });

  it('become urgent when somebody who is joins those who wait for the next', async () => {
    const { runs, began, end } = scene(1);
    void runs.run('a');
    void runs.run('b');
    void runs.run('a');
    void runs.run('a', { isUrgent: true });
    for (const stream of ['a', 'b', 'a']) await end(stream);
    void runs.run('c');
    expect(began).toEqual(['a', 'b', 'a', 'c']);
  });
});

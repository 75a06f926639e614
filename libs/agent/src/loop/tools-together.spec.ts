import fc from 'fast-check';
import { call, RunBench, turn } from '../conformance/run-bench.ts';
import type { AnyTool, ToolContext } from '../tool.ts';

describe('the tools of one turn', () => {
  it('are all inside at once when they only read: eight pass a barrier that opens for eight', async () => {
    const reads = Array.from({ length: 8 }, (_, index) => call('read', `file-${index}`));
    const bench = new RunBench([turn(...reads), turn(call('done'))]);
    const barrier = Promise.withResolvers<undefined>();
    let inside = 0;
    bench.replace(
      bench.tool('read', 'read', async (path) => {
        inside += 1;
        if (inside === 8) barrier.resolve(undefined);
        await barrier.promise;
        return { content: `${path}, with ${inside} inside` };
      }),
    );
    expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 2 });
    expect((await bench.results(1)).map(({ content }) => content)).toEqual(
      reads.map((_, index) => `file-${index}, with 8 inside`),
    );
  });

  it('never overlap when one of them writes, whatever the mix, and end in the order they were called', async () => {
    const kinds = fc.constantFrom('read', 'write', 'once', 'done', 'no-such-tool');
    await fc.assert(
      fc.asyncProperty(fc.array(kinds, { minLength: 1, maxLength: 12 }), async (mix) => {
        const bench = new RunBench([
          turn(...mix.map((name, index) => call(name, `${index}`))),
          turn(call('done')),
        ]);
        const watch = new Overlaps();
        for (const tool of [...bench.tools]) bench.replace(watch.around(tool));
        expect(await bench.hold()).toMatchObject({ kind: 'closed' });
        expect(watch.forbidden).toEqual([]);
        const writes = bench.effects.filter((effect) => /^(write|once)/.test(effect));
        const called = mix.flatMap((name, index) => (/^(write|once)/.test(name) ? [`${name} ${index}`] : []));
        expect(writes).toEqual(called);
      }),
      { numRuns: 150 },
    );
  });

  it('wait for a write that was stopped before anything else runs', async () => {
    const bench = new RunBench([turn(call('once', 'slow'), call('write', 'next')), turn(call('done'))]);
    const log: string[] = [];
    bench.replace(
      bench.tool(
        'once',
        'write',
        async (_path, { signal }) => {
          await new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          });
          await new Promise(setImmediate);
          log.push('came to rest');
          return { content: 'late' };
        },
        { timeoutMs: 20 },
      ),
    );
    bench.replace(
      bench.tool('write', 'write', () => {
        log.push('next began');
        return { content: 'ok' };
      }),
    );
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(log).toEqual(['came to rest', 'next began']);
    expect(await bench.results(1)).toMatchObject([
      {
        isError: true,
        content:
          'Stopped: the call took longer than 20 ms. Whether the call took effect is unknown; look before you repeat it.',
      },
      { isError: false },
    ]);
  });

  it('end the run when a write that was stopped does not come to rest', async () => {
    const bench = new RunBench([turn(call('once', 'deaf'), call('write', 'next')), turn(call('done'))]);
    bench.replace(bench.tool('once', 'write', () => new Promise(() => undefined), { timeoutMs: 20 }));
    const limits = { maxTurns: 9, maxTokens: 10, toolSettleMs: 20 };
    expect(await bench.hold({ limits })).toMatchObject({
      kind: 'failed',
      cause: 'tool',
      detail: 'once was stopped and did not come to rest within 20 ms.',
    });
    expect(bench.effects).toEqual(['once deaf']);
  });
});

/** Notes which calls were inside together. */
class Overlaps {
  readonly forbidden: string[] = [];
  private readonly inside: AnyTool[] = [];

  around(tool: AnyTool): AnyTool {
    const mutates = tool.effect !== 'read';
    return {
      ...tool,
      execute: async (input: unknown, context: ToolContext) => {
        const others = this.inside.filter(({ effect }) => mutates || effect !== 'read');
        this.forbidden.push(...others.map(({ name }) => `${tool.name} beside ${name}`));
        this.inside.push(tool);
        await new Promise(setImmediate);
        const result = await tool.execute(input, context);
        await new Promise(setImmediate);
        this.inside.splice(this.inside.indexOf(tool), 1);
        return result;
      },
    };
  }
}

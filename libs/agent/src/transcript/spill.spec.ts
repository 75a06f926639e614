import fc from 'fast-check';
import { FakeArtifacts } from '../conformance/fake-log.ts';
import { restore, spill } from './spill.ts';

const long = (letter: string, bytes = 9000): string => letter.repeat(bytes);

describe('data of a transcript', () => {
  let artifacts: FakeArtifacts;
  beforeEach(() => {
    artifacts = new FakeArtifacts();
  });

  it('stays as it is when it is small', async () => {
    const data = { turn: 1, reply: [{ type: 'text', text: long('x', 8192) }] };
    expect(await spill(data, artifacts)).toBe(data);
    expect(artifacts.stored.size).toBe(0);
  });

  it('keeps a preview where a string of over 8 KB was, and names its artifact beside', async () => {
    const data = { reply: [{ input: { 'a/b~c': long('x') } }] };
    const spilled = await spill(data, artifacts);
    expect(spilled).toMatchObject({
      reply: [{ input: { 'a/b~c': long('x', 200) } }],
      spilled: [{ at: '/reply/0/input/a~1b~0c', bytes: 9000, form: 'text' }],
    });
    expect(await restore(spilled, artifacts)).toEqual(data);
  });

  it('fits an event also when many strings are just short enough', async () => {
    const plan = {
      features: Array.from({ length: 2000 }, (_, index) => ({
        id: index,
        title: 'A feature of some length',
      })),
    };
    const data = {
      turn: 1,
      reply: [
        { type: 'text', text: long('x', 8000) },
        { type: 'tool_use', input: plan },
      ],
    };
    const spilled = await spill(data, artifacts);
    expect(JSON.stringify(spilled).length).toBeLessThan(48 * 1024);
    expect(await restore(spilled, artifacts)).toEqual(data);
  });

  it('cannot be made to fetch an artifact by what a model writes', async () => {
    const { digest } = await artifacts.put(Buffer.from('private'));
    const data = { reply: [{ input: { spilled: [{ at: '/x', digest, bytes: 7, form: 'text' }] } }] };
    expect(await restore(await spill(data, artifacts), artifacts)).toEqual(data);
  });

  it('cannot be read when an artifact is missing', async () => {
    const spilled = await spill({ text: long('x') }, artifacts);
    artifacts.stored.clear();
    await expect(restore(spilled, artifacts)).rejects.toThrow('part of a transcript, is missing');
  });

  it('is restored to the letter, whatever it was, and always fits', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.nat(12_000).map((size) => 'ß'.repeat(size)),
    );
    const input = fc.dictionary(
      fc.string(),
      fc.oneof(text, fc.array(text, { maxLength: 4 }), fc.jsonValue()),
      { maxKeys: 6 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ text, input }), { maxLength: 8 }), async (reply) => {
        const data = JSON.parse(JSON.stringify({ turn: 1, reply })) as Record<string, unknown>;
        const spilled = JSON.parse(JSON.stringify(await spill(data, artifacts))) as unknown;
        expect(Buffer.byteLength(JSON.stringify(spilled))).toBeLessThan(60 * 1024);
        expect(await restore(spilled, artifacts)).toEqual(data);
      }),
      { numRuns: 60 },
    );
  });
});

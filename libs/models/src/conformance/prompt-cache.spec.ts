import { breakpointFault, PromptCache } from './prompt-cache.ts';
import { wireBodySchema, type WireBody } from './wire-body.ts';

const MINUTE = 60_000;
const words = (name: string, count = 400): string => `${name} `.repeat(count);

/** A body of one user message with so many blocks, the given ones marked. */
function body(blocks: number, marked: readonly number[], more: object = {}): WireBody {
  const content = Array.from({ length: blocks }, (_, index) => ({
    type: 'text',
    text: words(`block-${String(index)}`, 20),
    ...(marked.includes(index) ? { cache_control: { type: 'ephemeral' } } : {}),
  }));
  const system = [{ type: 'text', text: words('system') }];
  return wireBodySchema.parse({
    model: 'any',
    max_tokens: 1,
    system,
    messages: [{ role: 'user', content }],
    ...more,
  });
}

describe('the prompt cache of the local server', () => {
  let nowMs: number;
  let cache: PromptCache;
  beforeEach(() => {
    nowMs = 0;
    cache = new PromptCache({ minimumTokens: 100, now: () => nowMs });
  });

  it('writes up to the last breakpoint, and reads it the next time', () => {
    const first = cache.account(body(3, [1]));
    expect(first).toMatchObject({ cacheRead: 0 });
    expect(first.cacheWrite).toBeGreaterThan(first.input);
    expect(cache.account(body(3, [1]))).toEqual({
      input: first.input,
      cacheRead: first.cacheWrite,
      cacheWrite: 0,
    });
  });

  it('finds what ends within twenty blocks before a breakpoint, and nothing farther back', () => {
    const { cacheWrite } = cache.account(body(1, [0]));
    expect(cache.account(body(20, [19])).cacheRead).toBe(cacheWrite);
    const other = new PromptCache({ minimumTokens: 100, now: () => nowMs });
    other.account(body(1, [0]));
    expect(other.account(body(21, [20])).cacheRead).toBe(0);
    expect(other.account(body(60, [0, 59])).cacheRead).toBe(cacheWrite);
  });

  it('caches no prefix that is too short, and says nothing of it', () => {
    const strict = new PromptCache({ minimumTokens: 100_000, now: () => nowMs });
    expect(strict.account(body(1, [0]))).toMatchObject({ cacheRead: 0, cacheWrite: 0 });
    expect(strict.account(body(1, [0])).cacheRead).toBe(0);
  });

  it('forgets after five minutes in which nobody read', () => {
    const { cacheWrite } = cache.account(body(1, [0]));
    for (let reads = 0; reads < 3; reads += 1) {
      nowMs += 4 * MINUTE;
      expect(cache.account(body(1, [0])).cacheRead).toBe(cacheWrite);
    }
    nowMs += 5 * MINUTE;
    expect(cache.account(body(1, [0]))).toMatchObject({ cacheRead: 0, cacheWrite });
  });

  it('knows a prefix by tools, then system, then messages, and by how the model thinks', () => {
    const system = [{ type: 'text', text: words('system'), cache_control: { type: 'ephemeral' } }];
    const tools = [{ name: 'read', input_schema: { type: 'object' } }];
    cache.account(body(1, [0], { system, tools }));
    const changed = [{ name: 'write', input_schema: { type: 'object' } }];
    expect(cache.account(body(1, [0], { system, tools: changed })).cacheRead).toBe(0);
    const all = cache.account(body(1, [0], { system, tools })).cacheRead;
    const thinking = { type: 'adaptive' };
    const withoutMessages = cache.account(body(1, [0], { system, tools, thinking })).cacheRead;
    expect(withoutMessages).toBeGreaterThan(0);
    expect(withoutMessages).toBeLessThan(all);
  });

  it('takes four breakpoints and refuses a fifth', () => {
    expect(breakpointFault(body(5, [0, 1, 2, 3]))).toBeUndefined();
    expect(breakpointFault(body(5, [0, 1, 2, 3, 4]))).toBe(
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    );
  });
});

import { breakpointFault, PromptCache } from '../conformance/prompt-cache.ts';
import { wireBodySchema, type WireBody } from '../conformance/wire-body.ts';
import type { Message, ToolResultBlock } from '../content.ts';
import { addUsage, noUsage, type Usage } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import { toWireRequest } from './wire-request.ts';

const MINUTE = 60_000;

interface RunShape {
  readonly turns: number;
  readonly callsPerTurn: number;
  readonly cacheTtl?: '1h';
}

/** A run's requests, turn by turn: calls and their results are added, nothing before them changes. */
function* requestsOfRun({ turns, callsPerTurn, cacheTtl }: RunShape): Generator<WireBody> {
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'Brief. '.repeat(300) }] }];
  for (let turn = 1; turn <= turns; turn += 1) {
    yield wireBodySchema.parse(toWireRequest(requestWith(messages), { model: 'any', cacheTtl }));
    messages.push(...turnOf(turn, callsPerTurn));
  }
}

function requestWith(messages: readonly Message[]): ModelRequest {
  const tools = [{ name: 'read', description: 'Reads. '.repeat(200), inputSchema: { type: 'object' } }];
  return { system: 'You build. '.repeat(500), tools, messages, maxTokens: 500 };
}

function turnOf(turn: number, calls: number): Message[] {
  const ids = Array.from({ length: calls }, (_, index) => `call_${String(turn)}_${String(index)}`);
  const results = ids.map((callId): ToolResultBlock => ({
    type: 'tool_result',
    callId,
    content: 'A line of output.\n'.repeat(20),
    isError: false,
  }));
  return [
    { role: 'assistant', content: ids.map((id) => ({ type: 'tool_use', id, name: 'read', input: { id } })) },
    { role: 'user', content: results },
  ];
}

function usageOf(
  requests: Iterable<WireBody>,
  cache: PromptCache,
  each: () => void = () => undefined,
): Usage {
  let usage = noUsage;
  for (const request of requests) {
    expect(breakpointFault(request)).toBeUndefined();
    usage = addUsage(usage, { ...cache.account(request), output: 0 });
    each();
  }
  return usage;
}

function readShare({ input, cacheRead, cacheWrite }: Usage): number {
  return cacheRead / (input + cacheRead + cacheWrite);
}

describe('the prompt of a long run', () => {
  it('is read from the cache for 98 % over 200 turns', () => {
    expect(
      readShare(usageOf(requestsOfRun({ turns: 200, callsPerTurn: 1 }), new PromptCache())),
    ).toBeGreaterThan(0.98);
  });

  it('is read from the cache as well when every turn has more blocks than the provider looks back', () => {
    const usage = usageOf(requestsOfRun({ turns: 60, callsPerTurn: 30 }), new PromptCache());
    expect(readShare(usage)).toBeGreaterThan(0.95);
    expect(usage.input).toBe(0);
  });

  it('is written once: all that is written is what the last request holds', () => {
    const requests = [...requestsOfRun({ turns: 40, callsPerTurn: 12 })];
    const { cacheWrite } = usageOf(requests, new PromptCache());
    const whole = new PromptCache().account(requests.at(-1) ?? fail('no request'));
    expect(cacheWrite).toBe(whole.cacheWrite);
  });

  it('stays in the cache as long as no turn takes five minutes', () => {
    let nowMs = 0;
    const cache = new PromptCache({ now: () => nowMs });
    const slow = usageOf(requestsOfRun({ turns: 40, callsPerTurn: 2 }), cache, () => {
      nowMs += 4 * MINUTE;
    });
    expect(readShare(slow)).toBeGreaterThan(0.9);
  });

  it('survives slower turns where it is kept for an hour', () => {
    let nowMs = 0;
    const cache = new PromptCache({ now: () => nowMs });
    const slow = usageOf(requestsOfRun({ turns: 40, callsPerTurn: 2, cacheTtl: '1h' }), cache, () => {
      nowMs += 20 * MINUTE;
    });
    expect(readShare(slow)).toBeGreaterThan(0.9);
  });
});

import type { ModelRequest } from '../request.ts';
import type { Usage } from '../reply.ts';
import type { CallNeed } from './call-gate.ts';
import type { ExpectedOutput } from './expected-output.ts';
import type { Rate } from './rate.ts';

/** Characters of a token, roughly; what was guessed wrong is made up for when the reply has come. */
const charactersOfToken = 4;

/** What a request may use at most, by its length and by how long its reply may be. */
export function needOf({ system, messages, tools, maxTokens }: ModelRequest): CallNeed {
  const characters = system.length + JSON.stringify([messages, tools]).length;
  return { inputTokens: Math.ceil(characters / charactersOfToken), outputTokens: maxTokens };
}

/** What a call takes from an account's rate until it is known what it used; its reply counts as what is expected of it. */
export function costOfNeed(
  { inputTokens, outputTokens: maxTokens }: CallNeed,
  expected: ExpectedOutput,
): Rate {
  const outputTokens = expected.guess(maxTokens);
  return {
    requestsPerMin: 1,
    inputTokensPerMin: inputTokens,
    outputTokensPerMin: outputTokens,
    tokensPerMin: inputTokens + outputTokens,
  };
}

/** What it has taken: Anthropic does not count what is read from its cache, who counts all tokens together does. */
export function costOfUsage({ input, output, cacheRead, cacheWrite }: Usage): Rate {
  return {
    requestsPerMin: 1,
    inputTokensPerMin: input + cacheWrite,
    outputTokensPerMin: output,
    tokensPerMin: input + cacheRead + cacheWrite + output,
  };
}

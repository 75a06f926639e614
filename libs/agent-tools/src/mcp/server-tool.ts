import type { Tool, ToolResult } from '@missions/agent';
import { z } from 'zod';
import { head, headAndTail, outputLimits } from '../output-limits.ts';
import { answerText } from './answer-text.ts';
import { validatorOf } from './input-schema.ts';
import type { Offer, OfferedTool } from './offer.ts';
import { plainText } from './plain-text.ts';
import type { RunServer } from './run-server.ts';
import type { Answer } from './server-dialogue.ts';
import { ServerFault } from './server-fault.ts';

type Input = Readonly<Record<string, unknown>>;

/** Opening, comparing the list and the call have limits of their own; this one is for what none of them saw. */
const slackMs = 15_000;

/** A server's tool as an agent is offered it: a call is always answered, whatever the server does. */
export function serverTool(
  server: RunServer,
  offer: Offer,
  { tool, name, description, inputSchema }: OfferedTool,
): Tool<Input> {
  const { effect, timeoutMs, startMs } = server.settings;
  return {
    name,
    description: description === '' ? `${tool}, by the server ${server.name}.` : description,
    input: (validatorOf(inputSchema) ?? z.never()) as z.ZodType<Input>,
    effect,
    timeoutMs: 2 * startMs + timeoutMs + slackMs,
    execute: async (input, context) => {
      const startedAt = performance.now();
      const spent = (): number => Math.round(performance.now() - startedAt);
      const called = { kind: 'mcp', server: server.name, tool };
      try {
        const answer = await server.call(tool, { input, offer, signal: context.signal });
        context.signal.throwIfAborted();
        return await resultOf(server, answer, () => ({ ...called, durationMs: spent() }));
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof ServerFault)) throw error;
        return faultResult(server, error, { ...called, durationMs: spent(), fault: error.kind });
      }
    },
  };
}

type Captured = Readonly<Record<string, unknown>>;

/** What is too long to be shown is kept whole; it is what a server said, so it is no evidence that a verdict could cite. */
async function resultOf(
  { surroundings: { redactor, artifacts } }: RunServer,
  answer: Answer,
  called: () => Captured,
): Promise<ToolResult> {
  const text = redactor.redact(answerText(answer));
  const isError = answer.isError === true && { isError: true };
  if (text.length <= outputLimits.resultCharacters) return { content: text, ...isError, captured: called() };
  const { digest } = await artifacts.put(Buffer.from(text), { mediaType: 'text/plain' });
  return { content: headAndTail(text), ...isError, captured: { ...called(), wholeAnswer: digest } };
}

function faultResult(
  { name, settings, surroundings }: RunServer,
  fault: ServerFault,
  captured: Captured,
): ToolResult {
  const said =
    fault.said === undefined ? '' : `: ${head(plainText(fault.said), outputLimits.lineCharacters)}`;
  const unknown = settings.effect === 'write' && (fault.kind === 'timeout' || fault.kind === 'ended');
  const effect = unknown ? ' Whether the call took effect is unknown; look before you repeat it.' : '';
  const content = surroundings.redactor.redact(
    `The server ${name} could not be used: ${fault.message}${said}.${effect}`,
  );
  return { content, isError: true, captured };
}

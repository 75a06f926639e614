import type { Message, ModelRequest } from '@missions/models';
import { messagesUpTo } from '../transcript/conversation.ts';
import type { CompactionReason } from '../transcript/facts.ts';
import type { RunState } from '../transcript/run-state.ts';
import type { Holding } from './holding.ts';
import { requestFor } from './model-request.ts';

export const SUMMARY_TOKENS = 4_000;
/** Characters of a summary; a model that writes more would fill the room it was asked to make. */
export const longestSummary = 24_000;

const instruction = `Room in this conversation runs out: its older part will be replaced by what you write now. Call no tool.
Write for yourself, facts only, at most 800 words, in this order:
1. The task, and everything a person has asked for or forbidden.
2. What is done, with the paths of the files.
3. What you found out that was hard to find, with paths and line numbers; what failed, and why.
4. What is left, and the very next step.`;

const leftOut = '[output left out]';
const shortOutput = 400;

/**
 * Asks for a summary of the turns up to one, by the very prefix that was sent before, so that it is read from the provider's
 * cache. After an overflow that prefix may be too long, so outputs are left out of it.
 */
export function summaryRequest(
  { state, fixed }: Pick<Holding, 'state' | 'fixed'>,
  upTo: number,
  reason: CompactionReason,
): { readonly request: ModelRequest; readonly addedTokens: number } {
  const told = messagesUpTo(state, upTo);
  const messages = asking(reason === 'overflow' ? told.map(withoutLongOutputs) : told);
  return {
    request: requestFor(state, { ...fixed, maxTokens: Math.min(SUMMARY_TOKENS, fixed.maxTokens) }, messages),
    addedTokens: Math.ceil(Buffer.byteLength(instruction) / 2),
  };
}

/** What the engine itself can say of the turns up to one: which calls were made. */
export function engineSummary(state: RunState, upTo: number): string {
  const [opening, ...told] = messagesUpTo(state, upTo);
  const earlier = opening?.content.at(-1);
  const before = state.summarizedTo > 0 && earlier?.type === 'text' ? [earlier.text] : [];
  const calls = told.flatMap(({ content }) => content.flatMap(lineOf));
  const text = [...before, 'No summary could be made. These calls were made, newest last:', ...calls];
  return text.join('\n').slice(-longestSummary).toWellFormed();
}

function lineOf(block: Message['content'][number]): readonly string[] {
  if (block.type !== 'tool_use') return [];
  return [`- ${block.name} ${JSON.stringify(block.input)}`.slice(0, 200)];
}

function asking(messages: readonly Message[]): readonly Message[] {
  const text = { type: 'text', text: instruction } as const;
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: [text] }];
  return [...messages.slice(0, -1), { role: 'user', content: [...last.content, text] }];
}

function withoutLongOutputs(message: Message): Message {
  if (message.role !== 'user') return message;
  const content = message.content.map((block) =>
    block.type === 'tool_result' && block.content.length > shortOutput
      ? { ...block, content: leftOut }
      : block,
  );
  return { role: 'user', content };
}

import type { ContentBlock, Message, UserMessage } from '@missions/models';
import type { ContextSummarized, OutputsCleared } from './facts.ts';

/** What the model is sent after the system prompt, and how much it is. */
export interface Conversation {
  readonly messages: readonly Message[];
  /** Bytes of the messages as JSON. */
  readonly bytes: number;
  /** The turns up to this one are gone; a summary stands in their place. */
  readonly summarizedTo: number;
  /** What persons said and when; it outlives every summary. */
  readonly said: readonly { readonly turn: number; readonly text: string }[];
}

export const emptyConversation: Conversation = { messages: [], bytes: 0, summarizedTo: 0, said: [] };

/** One turn as it stands in the conversation: the reply, and whatever came before the next one. */
export interface ConversationTurn {
  readonly turn: number;
  readonly bytes: number;
  readonly outputs: readonly {
    readonly turn: number;
    readonly callId: string;
    readonly content: string;
  }[];
}

type UserContent = UserMessage['content'];

/** Texts and results between two replies form one message. */
export function withUserContent<Told extends Conversation>(told: Told, content: UserContent): Told {
  const last = told.messages.at(-1);
  const bytes = told.bytes + bytesOf(content);
  if (last?.role !== 'user') return { ...told, bytes, messages: [...told.messages, userMessage(content)] };
  const merged = userMessage([...last.content, ...content]);
  return { ...told, bytes, messages: [...told.messages.slice(0, -1), merged] };
}

export function withReply<Told extends Conversation>(told: Told, content: readonly ContentBlock[]): Told {
  const message: Message = { role: 'assistant', content: [...content] };
  return { ...told, bytes: told.bytes + bytesOf(content), messages: [...told.messages, message] };
}

/** Puts a reference to its artifact in the place of each output; everything else stays byte for byte. */
export function withoutOutputs<Told extends Conversation>(
  told: Told,
  outputs: OutputsCleared['outputs'],
): Told {
  const cleared = new Map(outputs.map((output) => [keyOf(output.turn, output.callId), output]));
  let turn = told.summarizedTo;
  const messages = told.messages.map((message) => {
    if (message.role === 'assistant') {
      turn += 1;
      return message;
    }
    if (!outputs.some((output) => output.turn === turn)) return message;
    return userMessage(
      message.content.map((block) => {
        const output = block.type === 'tool_result' ? cleared.get(keyOf(turn, block.callId)) : undefined;
        return output ? { ...block, content: referenceTo(output) } : block;
      }),
    );
  });
  return remeasured({ ...told, messages });
}

/** Puts a summary in the place of all turns up to one; the first message and what persons said stay. */
export function withSummary<Told extends Conversation>(
  told: Told,
  { upTo, summary }: Pick<ContextSummarized, 'upTo' | 'summary'>,
  firstMessage: string,
): Told {
  const heard = told.said.filter(({ turn }) => turn <= upTo);
  const texts = [firstMessage, ...heard.map(({ text }) => text), summaryText(upTo, summary)];
  const opening = userMessage(texts.map((text) => ({ type: 'text', text })));
  const kept = told.messages.slice(replyIndex(told, upTo + 1));
  return remeasured({ ...told, summarizedTo: upTo, messages: [opening, ...kept] });
}

/** The turns that are still told, oldest first. */
export function turnsOf(told: Conversation): readonly ConversationTurn[] {
  const turns: { turn: number; bytes: number; outputs: ConversationTurn['outputs'][number][] }[] = [];
  for (const message of told.messages) {
    if (message.role === 'assistant')
      turns.push({ turn: told.summarizedTo + turns.length + 1, bytes: 0, outputs: [] });
    const current = turns.at(-1);
    if (!current) continue;
    current.bytes += bytesOf(message.content);
    for (const block of message.content) {
      if (block.type === 'tool_result')
        current.outputs.push({ turn: current.turn, callId: block.callId, content: block.content });
    }
  }
  return turns;
}

/** The messages up to and with a turn, and what came after it before the next reply. */
export function messagesUpTo(told: Conversation, turn: number): readonly Message[] {
  return told.messages.slice(0, replyIndex(told, turn + 1));
}

export function referenceTo({ digest, bytes }: { readonly digest: string; readonly bytes: number }): string {
  return `[output cleared; artifact ${digest}, ${bytes} bytes: call the tool again if you need it]`;
}

function replyIndex({ messages, summarizedTo }: Conversation, turn: number): number {
  let reply = summarizedTo;
  const index = messages.findIndex((message) => {
    if (message.role === 'assistant') reply += 1;
    return message.role === 'assistant' && reply === turn;
  });
  return index === -1 ? messages.length : index;
}

function summaryText(upTo: number, summary: string): string {
  return `The turns up to ${upTo} of this conversation were left out to make room. Your summary of them:\n\n${summary}`;
}

function remeasured<Told extends Conversation>(told: Told): Told {
  return { ...told, bytes: told.messages.reduce((sum, { content }) => sum + bytesOf(content), 0) };
}

function userMessage(content: UserContent): Message {
  return { role: 'user', content };
}

function bytesOf(content: readonly unknown[]): number {
  return content.reduce<number>((sum, block) => sum + Buffer.byteLength(JSON.stringify(block)) + 1, 0);
}

function keyOf(turn: number, callId: string): string {
  return `${turn}/${callId}`;
}

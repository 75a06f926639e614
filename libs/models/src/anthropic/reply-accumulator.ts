import type { Anthropic } from '@anthropic-ai/sdk';
import { endsInTheMiddle, toToolUse } from '../call/tool-input.ts';
import type { ContentBlock } from '../content.ts';
import { ModelError } from '../model-error.ts';
import type { ModelDelta } from '../model.ts';
import { noUsage, type ModelReply, type StopReason, type Usage } from '../reply.ts';

type StreamEvent = Anthropic.RawMessageStreamEvent;

/** A content block while it streams in. */
interface OpenBlock {
  readonly type: 'text' | 'tool_use' | 'thinking';
  readonly id: string;
  readonly name: string;
  text: string;
  signature: string | undefined;
  data: string | undefined;
}

const stopReasons: Readonly<Record<Anthropic.StopReason, StopReason>> = {
  end_turn: 'end_turn',
  tool_use: 'tool_use',
  max_tokens: 'max_tokens',
  stop_sequence: 'stop_sequence',
  pause_turn: 'pause_turn',
  refusal: 'refusal',
  model_context_window_exceeded: 'context_overflow',
};

/** Puts the events of one streamed message together; a message that did not reach its end yields no reply. */
export class ReplyAccumulator {
  private readonly blocks = new Map<number, OpenBlock>();
  private usage: Usage = noUsage;
  private stopReason: StopReason | undefined;
  private complete = false;

  constructor(private readonly onDelta: (delta: ModelDelta) => void) {}

  accept(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.addUsage(event.message.usage);
        return;
      case 'content_block_start':
        this.open(event.index, event.content_block);
        return;
      case 'content_block_delta':
        this.extend(event.index, event.delta);
        return;
      case 'message_delta':
        this.addUsage(event.usage);
        if (event.delta.stop_reason) this.stopReason = readStopReason(event.delta.stop_reason);
        return;
      case 'message_stop':
        this.complete = true;
        return;
      case 'content_block_stop':
        return;
    }
  }

  /** The complete reply; rejects a stream that ended early as transient. */
  finish(): ModelReply {
    if (!this.complete || this.stopReason === undefined) {
      throw new ModelError('model', 'The reply was cut off before its end.', { transient: true });
    }
    const ordered = [...this.blocks.entries()].sort(([one], [other]) => one - other);
    const cut = endsInTheMiddle(this.stopReason) ? ordered.length - 1 : -1;
    return {
      content: ordered.map(([, block], index) => closeBlock(block, index === cut)),
      stopReason: this.stopReason,
      usage: this.usage,
    };
  }

  private open(index: number, block: Anthropic.ContentBlock): void {
    const opened = openBlock(block);
    if (!opened) return;
    this.blocks.set(index, opened);
    if (opened.type === 'tool_use') this.onDelta({ type: 'tool_use', name: opened.name });
    else if (opened.text !== '') this.onDelta({ type: opened.type, text: opened.text });
  }

  private extend(index: number, delta: Anthropic.RawContentBlockDelta): void {
    const block = this.blocks.get(index);
    if (!block) return;
    if (delta.type === 'signature_delta') block.signature = (block.signature ?? '') + delta.signature;
    if (delta.type === 'input_json_delta') {
      block.text += delta.partial_json;
      this.onDelta({ type: 'tool_use', name: block.name });
    }
    const text =
      delta.type === 'text_delta' ? delta.text : delta.type === 'thinking_delta' ? delta.thinking : '';
    if (text === '' || block.type === 'tool_use') return;
    block.text += text;
    this.onDelta({ type: block.type, text });
  }

  /** Counts are cumulative: a later one replaces an earlier one, an absent one leaves it. */
  private addUsage(usage: Anthropic.Usage | Anthropic.MessageDeltaUsage): void {
    this.usage = {
      input: usage.input_tokens ?? this.usage.input,
      output: usage.output_tokens,
      cacheRead: usage.cache_read_input_tokens ?? this.usage.cacheRead,
      cacheWrite: usage.cache_creation_input_tokens ?? this.usage.cacheWrite,
    };
  }
}

function openBlock(block: Anthropic.ContentBlock): OpenBlock | undefined {
  const empty = { id: '', name: '', text: '', signature: undefined, data: undefined };
  switch (block.type) {
    case 'text':
      return { ...empty, type: 'text', text: block.text };
    case 'thinking':
      return { ...empty, type: 'thinking', text: block.thinking, signature: block.signature || undefined };
    case 'redacted_thinking':
      return { ...empty, type: 'thinking', data: block.data };
    case 'tool_use':
      return { ...empty, type: 'tool_use', id: block.id, name: block.name };
    default:
      // Blocks of tools that run at the provider; none is ever offered.
      return undefined;
  }
}

function closeBlock(block: OpenBlock, wasCut: boolean): ContentBlock {
  if (block.type === 'text') return { type: 'text', text: block.text };
  if (block.type === 'thinking') {
    return {
      type: 'thinking',
      text: block.text,
      ...(block.signature === undefined ? {} : { signature: block.signature }),
      ...(block.data === undefined ? {} : { data: block.data }),
    };
  }
  return toToolUse({ id: block.id, name: block.name, json: block.text }, wasCut);
}

function readStopReason(reason: string): StopReason {
  const known = (stopReasons as Readonly<Record<string, StopReason | undefined>>)[reason];
  if (known) return known;
  throw new ModelError('model', `The model stopped for an unknown reason: ${reason}.`);
}

import { endsInTheMiddle, toToolUse } from '../call/tool-input.ts';
import type { ContentBlock } from '../content.ts';
import { ModelError } from '../model-error.ts';
import type { ModelDelta } from '../model.ts';
import type { ModelReply, StopReason, Usage } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import { CallCollector } from './call-collector.ts';
import type { WireChunk, WireDelta } from './wire-chunk.ts';
import { readUsage, usageByLength } from './wire-usage.ts';

const stopReasons: Readonly<Record<string, StopReason | undefined>> = {
  stop: 'end_turn',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  length: 'max_tokens',
  content_filter: 'refusal',
};

/** Puts the chunks of one streamed completion together; one that did not reach its end yields no reply. */
export class ChunkAccumulator {
  private thinking = '';
  private text = '';
  private refused = false;
  private finishReason: string | undefined;
  private usage: Usage | undefined;
  private readonly calls: CallCollector;

  constructor(private readonly onDelta: (delta: ModelDelta) => void) {
    this.calls = new CallCollector((name) => {
      this.onDelta({ type: 'tool_use', name });
    });
  }

  accept(chunk: WireChunk): void {
    // Some servers count along; the last count is the whole.
    if (chunk.usage) this.usage = readUsage(chunk.usage) ?? this.usage;
    const choice = chunk.choices?.[0];
    if (!choice) return;
    if (choice.delta) this.extend(choice.delta);
    if (choice.finish_reason) this.finishReason = choice.finish_reason;
  }

  /** The complete reply; rejects a stream that ended early as transient. */
  finish(request: ModelRequest, contextTokens: number | undefined): ModelReply {
    const turn = request.messages.filter(({ role }) => role === 'assistant').length + 1;
    const calls = this.calls.finish(turn);
    const stopReason = this.stopReason(calls.length > 0, contextTokens);
    const cut = endsInTheMiddle(stopReason) ? calls.length - 1 : -1;
    const content: ContentBlock[] = [
      ...(this.thinking === '' ? [] : [{ type: 'thinking' as const, text: this.thinking }]),
      ...(this.text === '' ? [] : [{ type: 'text' as const, text: this.text }]),
      ...calls.map((call, index) => toToolUse(call, index === cut)),
    ];
    return { content, stopReason, usage: this.usage ?? usageByLength(request, content) };
  }

  private extend(delta: WireDelta): void {
    const thinking = delta.reasoning_content ?? delta.reasoning ?? '';
    if (thinking !== '') {
      this.thinking += thinking;
      this.onDelta({ type: 'thinking', text: thinking });
    }
    if (delta.refusal) this.refused = true;
    const text = (delta.content ?? '') + (delta.refusal ?? '');
    if (text !== '') {
      this.text += text;
      this.onDelta({ type: 'text', text });
    }
    for (const call of delta.tool_calls ?? []) this.calls.accept(call);
  }

  private stopReason(hasCalls: boolean, contextTokens: number | undefined): StopReason {
    if (this.finishReason === undefined)
      throw new ModelError('model', 'The reply was cut off before its end.', { transient: true });
    const known = stopReasons[this.finishReason];
    if (known === undefined)
      throw new ModelError('model', `The model stopped for an unknown reason: ${this.finishReason}.`);
    if (known === 'max_tokens') return this.fillsContext(contextTokens) ? 'context_overflow' : known;
    if (known === 'refusal' || this.refused) return 'refusal';
    // Several servers say "stop" after calls too, and one or other says "tool_calls" after none.
    return hasCalls ? 'tool_use' : 'end_turn';
  }

  /** The protocol has one word for both limits. */
  private fillsContext(contextTokens: number | undefined): boolean {
    if (contextTokens === undefined || this.usage === undefined) return false;
    const { input, cacheRead, cacheWrite, output } = this.usage;
    return input + cacheRead + cacheWrite + output >= contextTokens;
  }
}

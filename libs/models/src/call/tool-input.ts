import type { ToolUseBlock } from '../content.ts';
import type { StopReason } from '../reply.ts';

/** A tool call as it streamed in. */
export interface StreamedCall {
  readonly id: string;
  readonly name: string;
  /** The JSON of its input, as far as it came. */
  readonly json: string;
}

/** The call as a block; one whose input is no JSON object, or was cut, is marked and keeps what came. */
export function toToolUse({ id, name, json }: StreamedCall, wasCut: boolean): ToolUseBlock {
  const call = { type: 'tool_use', id, name } as const;
  const input = wasCut ? undefined : parseInput(json);
  return input ? { ...call, input } : { ...call, input: {}, malformed: json };
}

/** Reasons that may end a reply in the middle of its last call. */
export function endsInTheMiddle(reason: StopReason): boolean {
  return reason === 'max_tokens' || reason === 'context_overflow' || reason === 'refusal';
}

function parseInput(json: string): Record<string, unknown> | undefined {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

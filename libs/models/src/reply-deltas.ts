import type { ContentBlock } from './content.ts';
import type { ModelDelta } from './model.ts';

/** What a block would have looked like while it streamed; for replies that exist before they are given. */
export function replyDeltas(block: ContentBlock): readonly ModelDelta[] {
  if (block.type === 'tool_use') return [{ type: 'tool_use', name: block.name }];
  const pieces = block.text.match(/[\s\S]{1,40}/gu) ?? [];
  return pieces.map((text) => ({ type: block.type, text }));
}

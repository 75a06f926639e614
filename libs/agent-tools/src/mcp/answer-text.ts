import { outputLimits } from '../output-limits.ts';
import { plainLine, plainText } from './plain-text.ts';
import type { Answer } from './server-dialogue.ts';

type Part = Answer['content'][number];

/** What a server answered, as text: what is no text is named, and never shown or fetched. */
export function answerText({ content, structuredContent }: Answer): string {
  const shown = content.slice(0, outputLimits.answerParts).map(partText);
  if (content.length > shown.length) shown.push(`(${content.length - shown.length} more parts)`);
  // The protocol asks servers to say structured content as text, too; one that did not is still understood.
  if (content.length === 0 && structuredContent !== undefined) shown.push(JSON.stringify(structuredContent));
  return plainText(shown.join('\n\n')) || '(an empty answer)';
}

function partText(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
    case 'audio':
      return `(${part.type}, ${plainLine(part.mimeType)}, ${bytesOf(part.data)} bytes, not shown)`;
    case 'resource_link':
      return `(link to a resource, not opened: ${plainLine(part.uri)})`;
    case 'resource':
      return 'text' in part.resource
        ? `(resource ${plainLine(part.resource.uri)})\n${part.resource.text}`
        : `(resource ${plainLine(part.resource.uri)}, ${bytesOf(part.resource.blob)} bytes, not shown)`;
  }
}

function bytesOf(base64: string): number {
  return Math.floor((base64.length * 3) / 4);
}

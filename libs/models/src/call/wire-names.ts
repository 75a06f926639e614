import { createHash } from 'node:crypto';

/** APIs refuse a history with other characters, also where another provider or the model itself invented them. */
const illegal = /[^a-zA-Z0-9_-]/gu;
const LONGEST_NAME = 64;
/** OpenAI refuses longer ids; nobody wants more. */
const LONGEST_ID = 40;

/** The name of a called tool as any API takes it back. */
export function wireToolName(name: string): string {
  return name.replaceAll(illegal, '_').slice(0, LONGEST_NAME) || 'unknown';
}

/** The id of a call as any API takes it back; equal for equal ids, different for different ones. */
export function wireCallId(id: string): string {
  if (id.length <= LONGEST_ID && !id.match(illegal)) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return `${id.replaceAll(illegal, '_').slice(0, LONGEST_ID - 13)}_${digest}`;
}

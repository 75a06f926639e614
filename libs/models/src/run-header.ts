import { z } from 'zod';

/**
 * What a run serves, as the fenced JSON block that opens its first user message,
 * so that scripts, recordings and outside model servers know what they answer.
 */
export const runHeaderSchema = z.looseObject({
  mission: z.string().optional(),
  role: z.string().optional(),
  task: z.string().optional(),
  feature: z.string().optional(),
  milestone: z.string().optional(),
  round: z.int().optional(),
  attempt: z.int().optional(),
  question: z.string().optional(),
});

export type RunHeader = z.infer<typeof runHeaderSchema>;

const OPENING = '```json\n';
const CLOSING = '\n```';

/** Puts the header before the text of a first user message. */
export function withRunHeader(header: RunHeader, text: string): string {
  return `${OPENING}${JSON.stringify(header, undefined, 2)}${CLOSING}\n\n${text}`;
}

/** Reads the header that a first user message begins with; undefined when there is none. */
export function parseRunHeader(firstMessage: string): RunHeader | undefined {
  if (!firstMessage.startsWith(OPENING)) return undefined;
  const end = firstMessage.indexOf(CLOSING, OPENING.length);
  if (end === -1) return undefined;
  try {
    return runHeaderSchema.safeParse(JSON.parse(firstMessage.slice(OPENING.length, end))).data;
  } catch {
    return undefined;
  }
}

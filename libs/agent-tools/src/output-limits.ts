/** What of a tool's output reaches the model; one place, so that every tool cuts alike. */
export const outputLimits = {
  /** Characters of any one result. */
  resultCharacters: 30_000,
  /** Characters of one line of a file or a match. */
  lineCharacters: 2_000,
  readLines: 2_000,
  globPaths: 500,
  grepMatches: 300,
  /** Bytes of command output kept as evidence, head and tail. */
  evidenceBytes: 1024 * 1024,
  /** Tools of one server from outside, and what is shown of each. */
  toolsOfServer: 64,
  toolDescriptionCharacters: 4_000,
  /** Characters of one text in the schema of a tool's input. */
  toolInputCharacters: 1_000,
  toolSchemaCharacters: 32_000,
  /** Schemas inside the schema of a tool's input, and how deep they lie. */
  toolSchemaParts: 1_000,
  toolSchemaDepth: 16,
  /** Parts (texts, images, resources) of one answer of a server from outside. */
  answerParts: 100,
} as const;

/** The first characters of a text, with a note of what is missing. */
export function head(text: string, limit: number = outputLimits.resultCharacters): string {
  if (text.length <= limit) return text;
  return `${wellFormed(text.slice(0, limit))}\n…${text.length - limit} more characters…`;
}

/** The first and the last characters of a text; what a command says last is usually why it failed. */
export function headAndTail(text: string, limit: number = outputLimits.resultCharacters): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  const omitted = text.length - 2 * half;
  return `${wellFormed(text.slice(0, half))}\n…${omitted} characters omitted…\n${wellFormed(text.slice(-half))}`;
}

export function cutLine(line: string): string {
  return line.length <= outputLimits.lineCharacters
    ? line
    : `${wellFormed(line.slice(0, outputLimits.lineCharacters))}… (${line.length} characters)`;
}

/** A cut may split a pair of surrogates; half of one cannot be stored as UTF-8. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** Characters of any one result that the model is shown; tools shape their output to less than this themselves. */
export const longestResult = 50_000;

/* eslint-disable no-control-regex -- control characters are what is looked for */
/** Colours, cursor movements and titles of terminals. */
const escapeSequences =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[@-Z\\-_])/g;
/** Control characters but line ends and tabs, and what turns the direction of text around. */
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
/* eslint-enable no-control-regex */

/**
 * Makes a tool's output fit to be read: bounded, without terminal sequences, other controls visible, secrets redacted.
 * Secrets are looked for last, because a sequence inside one hides it; what is cut first lies far behind what is shown, so
 * that no half of a secret is left.
 */
export function presentable(text: string, redact: (text: string) => string): string {
  const omitted = text.length - longestResult;
  const rough = headAndTail(text, 2 * longestResult, '');
  const clean = redact(plainText(rough));
  return headAndTail(clean, longestResult, `\n…${Math.max(omitted, 1)} characters omitted…\n`).toWellFormed();
}

/** Text as it can be shown anywhere: nothing in it moves a cursor or hides what follows. */
export function plainText(text: string): string {
  return text.replace(escapeSequences, '').replace(controls, (control) => {
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
}

function headAndTail(text: string, limit: number, note: string): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}${note}${text.slice(-half)}`;
}

/**
 * What a reader could not see: control characters but line end and tab, marks that turn the direction of a text, zero-width
 * characters, and the tag characters that spell invisible ASCII.
 */
const unseen =
  /(?![\n\t])[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Text of strangers, so that a person who reads it sees all that a model reads. */
export function plainText(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replaceAll(unseen, '');
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll(/\s+/gu, ' ').trim();
}

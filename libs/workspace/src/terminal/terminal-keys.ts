const keys = {
  enter: '\r',
  tab: '\t',
  escape: '\x1b',
  backspace: '\x7f',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  ctrl_c: '\x03',
  ctrl_d: '\x04',
} as const;

export type TerminalKey = keyof typeof keys;

/** What a terminal sends for a key; a program may have asked for the other form of the arrows. */
export function keySequence(key: TerminalKey, applicationCursorKeys: boolean): string {
  const sequence = keys[key];
  return applicationCursorKeys ? sequence.replace('\x1b[', '\x1bO') : sequence;
}

/** Text as it arrives when somebody types it: the key that ends a line sends a carriage return. */
export function typedText(text: string): string {
  return text.replace(/\r?\n/g, '\r');
}

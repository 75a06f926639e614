/** `1 turn`, `12 turns` */
export function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** With a full stop at its end, and with one alone. */
export function sentenceText(text: string): string {
  return /[.!?…]$/u.test(text) ? text : `${text}.`;
}

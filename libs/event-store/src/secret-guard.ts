import { createRedactor, type Secret } from '@missions/kernel';

/** The last look before something is written: configured secrets never reach the log, even if redaction was forgotten. */
export interface SecretGuard {
  /** The name of a secret that appears in the text, plainly or as a part of JSON. */
  readonly nameIn: (text: string) => string | undefined;
  readonly nameInBytes: (bytes: Uint8Array) => string | undefined;
}

export function guardAgainst(forbidden: readonly Secret[]): SecretGuard {
  const redactor = createRedactor({ secrets: forbidden, patterns: [] });
  // Latin-1 gives one character per byte, so values are searched for as the bytes of their UTF-8.
  const byteRedactor = createRedactor({
    secrets: forbidden.map(({ name, value }) => ({ name, value: Buffer.from(value).toString('latin1') })),
    patterns: [],
  });
  return {
    nameIn: (text) => (forbidden.length === 0 ? undefined : redactor.finds(text)[0]?.name),
    nameInBytes: (bytes) =>
      forbidden.length === 0 ? undefined : byteRedactor.finds(Buffer.from(bytes).toString('latin1'))[0]?.name,
  };
}

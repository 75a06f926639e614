/** The evidence of a refusal, as plain fields that survive a process boundary. */
export type RefusalEvidence = Readonly<Record<string, unknown>>;

/** A rule refused what was asked. `code` is stable and is what other processes compare; the message is for a person. */
export class DomainError extends Error {
  readonly kind = 'refusal';
  constructor(
    readonly code: string,
    message: string,
    readonly evidence: RefusalEvidence = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}

/** Somebody else appended first; reload and try again. */
export class ConcurrencyError extends Error {
  readonly kind = 'conflict';
  readonly code = 'CONCURRENCY';
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`Stream ${stream} is at version ${String(actual)}, not at ${String(expected)}.`);
    this.name = 'ConcurrencyError';
  }
}

export function isRefusal(error: unknown): error is DomainError {
  return error instanceof Error && (error as { kind?: unknown }).kind === 'refusal';
}

export function isConflict(error: unknown): error is ConcurrencyError {
  return error instanceof Error && (error as { kind?: unknown }).kind === 'conflict';
}

/** Makes a missing case of a closed union a compile error, and a loud fault if it happens anyway. */
export function unreachable(value: never, what: string): never {
  throw new Error(`Unexpected ${what}: ${JSON.stringify(value)}`);
}

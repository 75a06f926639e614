/** Something this machine lacks or refuses; the message says what and why, `remedy` the next thing to do. */
export class SetupError extends Error {
  readonly kind = 'refusal';
  readonly code: string;
  readonly remedy: string;
  readonly evidence: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: SetupErrorOptions) {
    super(`${message} ${options.remedy}`, { cause: options.cause });
    this.name = 'SetupError';
    this.code = code;
    this.remedy = options.remedy;
    this.evidence = options.evidence ?? {};
  }
}

export interface SetupErrorOptions {
  readonly remedy: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

import { z } from 'zod';

/** The run causes that a model call can end with; the same words as the causes of a failed run. */
export const modelErrorCodeSchema = z.enum([
  'auth',
  'rate_limit',
  'budget',
  'model',
  'refusal',
  'context_overflow',
]);
export type ModelErrorCode = z.infer<typeof modelErrorCodeSchema>;

export interface ModelErrorDetail {
  /** True when the same call may succeed later; adapters retry such errors a bounded number of times before they rise. */
  readonly transient?: boolean;
  /** The shortest wait the provider asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** A model call that gave no reply. The message never holds a key. */
export class ModelError extends Error {
  readonly kind = 'model';
  readonly transient: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(
    readonly code: ModelErrorCode,
    message: string,
    detail: ModelErrorDetail = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ModelError';
    this.transient = detail.transient ?? false;
    this.retryAfterMs = detail.retryAfterMs;
    this.status = detail.status;
  }
}

export function isModelError(error: unknown): error is ModelError {
  return error instanceof Error && (error as { kind?: unknown }).kind === 'model';
}

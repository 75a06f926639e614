import type { Thinking } from './capability.ts';
import type { Provider } from './provider.ts';
import type { CallGate } from './rate/call-gate.ts';
import type { Effort } from './request.ts';

/** What the configuration says of one model, its own entry before its provider's. */
export interface ModelTraits {
  readonly effort: Effort | undefined;
  readonly thinking: Thinking | undefined;
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
}

/** What an adapter is made of. */
export interface ModelParts<Kind extends Provider = Provider> {
  /** `provider/model`. */
  readonly id: string;
  /** The model's name at the provider. */
  readonly model: string;
  readonly provider: Kind;
  readonly traits: ModelTraits;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where its calls wait for their turn; undefined where they need not. */
  readonly gate: CallGate | undefined;
}

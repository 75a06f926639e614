import type { ModelWait } from './rate/call-gate.ts';
import type { ModelReply } from './reply.ts';
import type { ModelRequest } from './request.ts';

/** A piece of a reply while it streams; for screens only, the reply is what counts. */
export type ModelDelta =
  | { readonly type: 'text' | 'thinking'; readonly text: string }
  /** A call began, or more of its input came; whoever looks for a silent stream takes both for a sign of life. */
  | { readonly type: 'tool_use'; readonly name: string };

export interface RespondOptions {
  /** Ends the call at once; `respond` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onDelta?: (delta: ModelDelta) => void;
  /**
   * An attempt whose reply may have begun came to nothing, by anything but the signal: the provider may charge for it.
   * Awaited before another attempt is made; a rejection ends the call with it.
   */
  readonly onLostReply?: () => Promise<void>;
  /**
   * The call is not made yet, because the provider's rate allows none or it asked to wait; undefined once it is made.
   * Said again now and then while it lasts.
   */
  readonly onWait?: (wait: ModelWait | undefined) => void;
}

/** A language model behind one provider. */
export interface Model {
  /** `provider/model`, as configured. */
  readonly id: string;
  /** Size of the context window, where known; a run makes room before it is full. */
  readonly contextTokens?: number | undefined;
  /**
   * Answers a request with one complete reply. Stateless: the same request may be sent again.
   * Rejects with a `ModelError` when there is no reply, and with the signal's reason when aborted.
   */
  respond(request: ModelRequest, options?: RespondOptions): Promise<ModelReply>;
}

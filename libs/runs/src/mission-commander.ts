import type { Requester } from '@missions/bus';
import {
  missionCommandReplySchema,
  missionCommandSubject,
  type MissionCommandReply,
  type MissionCommandRequest,
} from '@missions/contracts';
import { delay, isConflict, isRefusal } from '@missions/kernel';

/** Asks the mission's owner to do something; resolves after the append. */
export interface MissionCommander {
  /**
   * Sends a command until it is answered, at most until `limitMs`. Safe, because a command happens once per id.
   * Rejects with the owner's `DomainError`, with the last fault when the limit is over, or with the signal's reason.
   */
  readonly send: (
    request: MissionCommandRequest,
    options: { readonly limitMs: number; readonly signal?: AbortSignal },
  ) => Promise<MissionCommandReply>;
}

const attemptMs = 5_000;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

export class RequestingCommander implements MissionCommander {
  constructor(private readonly requester: Requester) {}

  async send(
    request: MissionCommandRequest,
    { limitMs, signal }: { readonly limitMs: number; readonly signal?: AbortSignal },
  ): Promise<MissionCommandReply> {
    const deadline = performance.now() + limitMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      signal?.throwIfAborted();
      try {
        const reply = await this.requester.request(missionCommandSubject, request, {
          timeoutMs: Math.max(1, Math.min(attemptMs, deadline - performance.now())),
          ...(signal && { signal }),
        });
        return missionCommandReplySchema.parse(reply);
      } catch (error) {
        signal?.throwIfAborted();
        if (isRefusal(error) || isConflict(error) || performance.now() + pauseMs > deadline) throw error;
        await delay(pauseMs, signal);
      }
    }
  }
}

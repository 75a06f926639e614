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
   * Rejects with the owner's `DomainError`, with an `OwnerUnreachableError` when the limit is over, or with the signal's
   * reason. In the latter two cases whether it was done is unknown.
   */
  readonly send: (
    request: MissionCommandRequest,
    options: { readonly limitMs: number; readonly signal?: AbortSignal },
  ) => Promise<MissionCommandReply>;
}

/** Nobody answered for a mission in time; what was asked may have been done, and asking again by the same id is safe. */
export class OwnerUnreachableError extends Error {
  readonly kind = 'fault';
  readonly code = 'OWNER_UNREACHABLE';
  constructor(missionId: string, limitMs: number, options: { readonly cause: unknown }) {
    super(`Nobody answered for ${missionId} within ${String(limitMs)} ms.`, options);
    this.name = 'OwnerUnreachableError';
  }
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
        if (isRefusal(error) || isConflict(error)) throw error;
        if (performance.now() + pauseMs > deadline)
          throw new OwnerUnreachableError(request.missionId, limitMs, { cause: error });
        await delay(pauseMs, signal);
      }
    }
  }
}

import { settle } from '@missions/testing';
import type { Api } from './api.ts';

export interface Subscription {
  /** Stops following once everything the mission has said arrived. */
  readonly everything: () => Promise<readonly { missionId: string; sequence: number }[]>;
}

/** Follows a mission's public events as another system does: reconnects with the last one it saw. */
export function subscribe(api: Api, missionId: string): Subscription {
  const received: { missionId: string; sequence: number }[] = [];
  const stop = new AbortController();
  const following = follow(api, { missionId, received, signal: stop.signal });
  return {
    everything: async () => {
      const { seq } = await api.mission(missionId);
      await settle(() => received.some(({ sequence }) => sequence >= seq), { limitMs: 20_000 });
      stop.abort();
      await following;
      return received;
    },
  };
}

interface Following {
  readonly missionId: string;
  readonly received: { missionId: string; sequence: number }[];
  readonly signal: AbortSignal;
}

async function follow(api: Api, { missionId, received, signal }: Following): Promise<void> {
  while (!signal.aborted) {
    const after = String(received.at(-1)?.sequence ?? 0);
    try {
      const answer = await fetch(`${api.url}/v1/events?mission=${missionId}&after=${after}&follow=true`, {
        headers: { authorization: `Bearer ${api.token}`, accept: 'application/x-ndjson' },
        signal,
      });
      for await (const line of linesOf(answer))
        received.push({ missionId, sequence: (JSON.parse(line) as { sequence: number }).sequence });
    } catch {
      // The stream broke, or nobody answers: it is asked for again.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
}

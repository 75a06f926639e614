import { missionStream } from '@missions/mission';
import type { Evidence, Subscriber } from './evidence.ts';
import type { Check } from './violation.ts';

/** I10: subscribers see every event of a mission at least once and in order; no consumer is ahead of the log or gave up. */
export const subscribers: Check = (evidence) => [
  ...(evidence.subject.received ?? []).flatMap((subscriber) => received(subscriber, evidence)),
  ...evidence.rows.parked.map(({ consumer, stream, error }) => `${consumer} parked ${stream}: ${error}`),
  ...evidence.rows.cursors.flatMap(({ consumer, stream, version }) => {
    const head = evidence.streams.get(stream)?.length ?? 0;
    return version <= head
      ? []
      : [`${consumer} is at ${String(version)} of ${stream}, which ends at ${String(head)}`];
  }),
];

function received({ name, events }: Subscriber, { streams }: Evidence): readonly string[] {
  return [...Map.groupBy(events, ({ missionId }) => missionId)].flatMap(([missionId, own]) => {
    const head = streams.get(missionStream(missionId))?.length ?? 0;
    // A repeat is allowed, a step over an event that was never seen is not.
    let seen = 0;
    for (const { sequence } of own) {
      if (sequence > seen + 1)
        return [
          `${name} saw ${String(sequence)} of ${missionId} after ${String(seen)}: out of order, or lost`,
        ];
      seen = Math.max(seen, sequence);
    }
    return seen >= head ? [] : [`${name} saw ${String(seen)} of the ${String(head)} events of ${missionId}`];
  });
}

import type { EventEnvelope } from '@missions/kernel';
import type { MissionEventType } from '@missions/mission';
import { z } from 'zod';
import { eventLine } from './event-line.ts';

/** What changed since a position, in at most seven lines made from facts, never by a model. */
export const digestViewSchema = z
  .strictObject({
    missionId: z.string(),
    since: z.int(),
    seq: z.int(),
    events: z.int(),
    lines: z.array(z.string()).max(7),
  })
  .meta({ id: 'Digest' });
export type DigestView = z.infer<typeof digestViewSchema>;

const MAX_LINES = 7;

/** How much a fact matters to somebody who was away; facts without a rank are left out. */
const ranks: Readonly<Partial<Record<MissionEventType, number>>> = {
  MissionCompleted: 10,
  MissionFailed: 10,
  MissionCancelled: 10,
  MissionBlocked: 9,
  ApprovalRequested: 9,
  ScopingQuestionAsked: 8,
  MilestonePassed: 7,
  PlanApproved: 7,
  FindingRaised: 6,
  BudgetWarned: 6,
  WallClockWarned: 6,
  MilestoneRolledBack: 6,
  ContractAmended: 6,
  AssertionWaived: 5,
  FindingSettled: 5,
  MessageAnswered: 5,
  FeatureAdded: 4,
  FeatureBlocked: 4,
  FeatureAccepted: 3,
  RunReleased: 2,
};

export function digestView(missionId: string, since: number, events: readonly EventEnvelope[]): DigestView {
  const ranked = events
    .map((event) => ({ event, rank: rankOf(event) }))
    .filter(({ rank }) => rank > 0)
    .sort((left, right) => right.rank - left.rank || right.event.version - left.event.version);
  const chosen = ranked.slice(0, ranked.length > MAX_LINES ? MAX_LINES - 1 : MAX_LINES);
  const lines = chosen
    .map(({ event }) => event)
    .sort((left, right) => left.version - right.version)
    .map(eventLine);
  const left = ranked.length - chosen.length;
  const seq = events.at(-1)?.version ?? since;
  const more =
    left > 0 ? [`and ${String(left)} more: missions events ${missionId} --after ${String(since)}`] : [];
  return { missionId, since, seq, events: events.length, lines: [...lines, ...more] };
}

function rankOf({ type }: EventEnvelope): number {
  return ranks[type as MissionEventType] ?? 0;
}

import type { RunHeader } from '@missions/models';
import { runStream, type MissionEventData } from '@missions/mission';
import { gatherEvidence } from '@missions/testing';
import type { ModelCall } from './model-desk.ts';
import type { Stage } from './stage.ts';

export interface Repetition {
  /** Calls made for a turn that was in the log already: work that was thrown away. */
  readonly ofRecordedTurns: readonly string[];
  /** Calls made again because their first answer never reached the log. */
  readonly reissued: number;
}

type Delegated = MissionEventData<'RunDelegated'>;

/** Compares the calls that the model's server saw, from a first one on, with the turns that the log holds. */
export async function repeatedCalls(
  stage: Stage,
  { after = 0 }: { readonly after?: number } = {},
): Promise<Repetition> {
  const calls = stage.desk.calls.slice(after);
  const { streams, missions } = await gatherEvidence({ databaseUrl: stage.stack.servers.databaseUrl });
  const recordedAt = (call: ModelCall): number | undefined => {
    const mission = missions.find(({ id }) => id === call.header.mission);
    const delegated = (mission?.events ?? [])
      .filter(({ type }) => type === 'RunDelegated')
      .map(({ data }) => data as Delegated);
    const turns = streams.get(runStream(runOf(call.header, delegated) ?? '')) ?? [];
    const turn = turns.filter(({ type }) => type === 'TurnRecorded')[call.turn];
    return turn && Date.parse(turn.occurredAt);
  };
  const groups = Map.groupBy(calls, ({ header, turn }) => JSON.stringify([header, turn]));
  const late = calls.filter((call) => {
    const recorded = recordedAt(call);
    return recorded !== undefined && Date.parse(call.at) > recorded;
  });
  return {
    ofRecordedTurns: late.map(
      ({ header, turn, at }) => `${JSON.stringify(header)} turn ${String(turn)} at ${at}`,
    ),
    reissued: [...groups.values()].reduce((sum, same) => sum + same.length - 1, 0),
  };
}

/** A review is a child of the run that validates. */
function runOf(header: RunHeader, delegated: readonly Delegated[]): string | undefined {
  if (header.task !== 'review') return delegated.find((one) => serves(one, header))?.runId;
  const { feature, ...validation } = header;
  const parent = delegated.find((one) => serves(one, { ...validation, task: 'validate' }));
  return parent && `${parent.runId}.review.${String(feature)}`;
}

function serves({ role, task, subject, attempt }: Delegated, header: RunHeader): boolean {
  return (
    role === header.role &&
    task === header.task &&
    attempt === header.attempt &&
    subject.feature === header.feature &&
    subject.milestone === header.milestone &&
    subject.round === header.round
  );
}

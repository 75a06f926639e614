import type { TranscriptFact } from '@missions/agent';
import { missionOfRun, missionStream } from '@missions/mission';
import type { Evidence } from './evidence.ts';
import type { Check } from './violation.ts';

/** I1: every command that was answered as accepted is in the log; also those of runs, whose answer their transcript keeps. */
export const acknowledgedCommands: Check = (evidence) => [...ofPeople(evidence), ...ofRuns(evidence)];

function ofPeople({ subject, streams }: Evidence): readonly string[] {
  return (subject.acknowledged ?? []).flatMap(({ missionId, seq, commandId }) => {
    const events = streams.get(missionStream(missionId)) ?? [];
    const name = commandId ?? 'a command';
    if (events.length < seq)
      return [
        `${name} was answered with seq ${String(seq)}, but ${missionId} has ${String(events.length)} events`,
      ];
    if (commandId === undefined || events.some(({ causationId }) => causationId === commandId)) return [];
    return [`${name} of ${missionId} was accepted, but no event came of it`];
  });
}

function ofRuns({ streams }: Evidence): readonly string[] {
  return [...streams].flatMap(([stream, events]) => {
    const runId = stream.startsWith('run-') ? stream.slice('run-'.length) : undefined;
    if (runId === undefined || runId.includes('.')) return [];
    const missionEvents = streams.get(missionStream(missionOfRun(runId))) ?? [];
    return events.flatMap((event) => {
      const fact = event as unknown as TranscriptFact;
      if (fact.type !== 'ToolResultsRecorded' || !fact.data.results.some(({ closes }) => closes)) return [];
      const commandId = `${runId}/${String(fact.data.turn)}`;
      if (missionEvents.some(({ causationId }) => causationId === commandId)) return [];
      return [
        `${runId} was told that its turn ${String(fact.data.turn)} concluded it, but the mission does not know`,
      ];
    });
  });
}

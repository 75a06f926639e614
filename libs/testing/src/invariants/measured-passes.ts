import { isSettledAt, type Mission, type MissionEventData } from '@missions/mission';
import type { Evidence, LoggedEvent, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** I13: a pass was measured by the engine, at exactly the commit under validation, and its evidence is there. */
export const measuredPasses: Check = (evidence) =>
  evidence.missions.flatMap((mission) => [...passes(mission, evidence), ...completion(mission)]);

function passes({ id, events, states }: LoggedMission, { artifacts }: Evidence): readonly string[] {
  return events.flatMap((event, index) => {
    if (event.type !== 'AssertionJudged') return [];
    const judged = event.data as MissionEventData<'AssertionJudged'>;
    const before = states[index];
    if (judged.verdict !== 'pass' || !before) return [];
    const at = `${id} at version ${String(event.version)}: ${judged.assertionId} passed`;
    const missing = judged.evidence.filter(({ artifact }) => !artifacts.has(artifact));
    return [
      ...wrongRun(event, judged, before).map((why) => `${at} ${why}`),
      ...(judged.evidence.length === 0 ? [`${at} without evidence`] : []),
      ...missing.map(({ artifact }) => `${at}, but its evidence ${artifact} is not stored`),
    ];
  });
}

function wrongRun(
  { actor }: LoggedEvent,
  { runId, targetSha, milestoneId, loweredFrom }: MissionEventData<'AssertionJudged'>,
  before: Mission,
): readonly string[] {
  const run = before.runs[runId];
  const target = before.milestones[milestoneId]?.targetSha;
  return [
    ...(run?.task === 'validate' ? [] : [`by ${runId}, which is no validation`]),
    ...(actor.kind === 'service' ? [] : [`by the word of ${actor.kind} ${actor.id}`]),
    ...(targetSha === target ? [] : [`at ${targetSha}, while ${String(target)} was validated`]),
    ...(loweredFrom === undefined ? [] : ['although it was lowered']),
  ];
}

function completion({ id, now }: LoggedMission): readonly string[] {
  if (now.status !== 'completed') return [];
  const head = now.head?.sha;
  const open = Object.values(now.assertions).filter((assertion) => !isSettledAt(assertion, head));
  return [
    ...open.map(
      ({ definition }) => `${id} is completed, but ${definition.id} is not proven at ${String(head)}`,
    ),
    ...(head === undefined || head === now.repository?.baseSha
      ? [`${id} is completed without a commit`]
      : []),
  ];
}

import type { MissionEventData } from '@missions/mission';
import type { Evidence, LoggedEvent, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** I5: whoever lost a run changes nothing any more: no turn, no handoff, no end, no commit. */
export const fencedEffects: Check = (evidence) => [
  ...[...evidence.streams].flatMap(([stream, events]) => inTranscript(stream, events, evidence)),
  ...evidence.missions.flatMap(inMission),
];

function inTranscript(
  stream: string,
  events: readonly LoggedEvent[],
  { missions }: Evidence,
): readonly string[] {
  if (!stream.startsWith('run-')) return [];
  const runId = stream.slice('run-'.length).split('.')[0] ?? '';
  const claims = new Set(
    missions
      .flatMap((mission) => mission.events)
      .filter(({ type, data }) => type === 'RunClaimed' && (data as { runId: string }).runId === runId)
      .map(({ version }) => version),
  );
  let highest = 0;
  return events.flatMap(({ token, version }) => {
    const at = `${stream} at version ${String(version)}`;
    if (token === undefined) return [`${at} carries no token`];
    const before = highest;
    highest = Math.max(highest, token);
    if (token < before) return [`${at} was written under token ${String(token)} after ${String(before)}`];
    return claims.has(token) ? [] : [`${at} was written under token ${String(token)}, which no claim gave`];
  });
}

/** What only a holder may cause, each with the run it belongs to. */
const effects: ReadonlySet<string> = new Set([
  'HandoffSubmitted',
  'HandoffAccepted',
  'MilestoneReportReceived',
]);

function inMission({ id, events, states }: LoggedMission): readonly string[] {
  return events.flatMap(({ type, data, version }, index) => {
    const runId = runOf(type, data);
    if (runId === undefined || !effects.has(type)) return [];
    const run = states[index]?.runs[runId];
    const at = `${id} at version ${String(version)}: ${type} of ${runId}`;
    if (run?.status !== 'running') return [`${at}, which nobody held`];
    if (type !== 'HandoffAccepted') return [];
    const { token } = data as MissionEventData<'HandoffAccepted'>;
    return token === run.token ? [] : [`${at} under token ${String(token)}, held under ${String(run.token)}`];
  });
}

function runOf(type: string, data: unknown): string | undefined {
  if (type === 'HandoffSubmitted') return (data as MissionEventData<'HandoffSubmitted'>).handoff.runId;
  return (data as { runId?: string }).runId;
}

import { isDeepStrictEqual } from 'node:util';
import { missionCard } from '@missions/contracts';
import { claimableRun, openRun } from '@missions/mission';
import type { Evidence, LoggedMission, Rows } from './evidence.ts';
import type { Check } from './violation.ts';

/** I9: open delegations, leases and cards say what the log says. */
export const readModels: Check = ({ missions, rows, subject }: Evidence) => [
  ...missions.flatMap((mission) => runRows(mission, rows)),
  ...rows.cards.flatMap((card) => cardProblems(card, missions, subject.atRest === true)),
];

function runRows({ id, now }: LoggedMission, rows: Rows): readonly string[] {
  const offered = rows.delegations.filter(({ missionId }) => missionId === id).map(({ runId }) => runId);
  const expected = claimableRun(now)?.id;
  const held = openRun(now);
  const leases = rows.leases.filter(({ missionId }) => missionId === id);
  const stale = leases.filter(({ runId, token }) => runId !== held?.id || token !== held.token);
  return [
    ...(isDeepStrictEqual(offered, expected === undefined ? [] : [expected])
      ? []
      : [`${id}: ${offered.join(', ') || 'nothing'} is offered, the log says ${expected ?? 'nothing'}`]),
    ...stale.map(
      ({ runId, token }) =>
        `${id}: there is a lease of ${runId} under ${String(token)}, which the log does not know`,
    ),
  ];
}

function cardProblems(
  { missionId, seq, updatedAt, card }: Rows['cards'][number],
  missions: readonly LoggedMission[],
  atRest: boolean,
): readonly string[] {
  const mission = missions.find(({ id }) => id === missionId);
  const state = mission?.states[seq];
  if (!mission || !state) return [`the card of ${missionId} is at ${String(seq)}, beyond the log`];
  const behind = atRest && seq !== mission.now.version;
  const rebuilt: unknown = JSON.parse(JSON.stringify(missionCard(state, { updatedAt })));
  return [
    ...(behind
      ? [`the card of ${missionId} is at ${String(seq)}, the log at ${String(mission.now.version)}`]
      : []),
    ...(isDeepStrictEqual(rebuilt, card)
      ? []
      : [`the card of ${missionId} at ${String(seq)} is not what the log says`]),
  ];
}

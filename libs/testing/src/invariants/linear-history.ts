import type { Mission, MissionEventData } from '@missions/mission';
import type { Branch, BranchCommit, Evidence, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

type Accepted = MissionEventData<'HandoffAccepted'>;

/**
 * I3: one commit per feature and attempt, each on the one before, the fence never goes down; in the log and in Git. What is
 * merged in between was another mission's, and merged by the supervisor as the log says.
 */
export const linearHistory: Check = (evidence) => [
  ...evidence.missions.flatMap(inLog),
  ...evidence.branches.flatMap((branch) => inGit(branch, evidence)),
];

function inLog({ id, events, states }: LoggedMission): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  let fence = 0;
  for (const [index, event] of events.entries()) {
    if (event.type !== 'HandoffAccepted') continue;
    const { featureId, runId, token, headSha } = event.data as Accepted;
    const before = states[index];
    const key = `${featureId} attempt ${String(before?.runs[runId]?.attempt)}`;
    if (seen.has(key)) problems.push(`${id}: ${key} was accepted twice, the second time as ${headSha}`);
    seen.add(key);
    if (token < fence)
      problems.push(`${id}: ${key} was accepted under fence ${String(token)} after ${String(fence)}`);
    fence = Math.max(fence, token);
    const base = before?.handoffs.at(-1)?.captured.baseSha;
    if (base !== (before?.head?.sha ?? base))
      problems.push(`${id}: ${key} does not continue the mission's head`);
  }
  return problems;
}

function inGit({ missionId, head, commits }: Branch, { missions }: Evidence): readonly string[] {
  const mission = missions.find(({ id }) => id === missionId);
  const accepted = (mission?.events ?? [])
    .filter(({ type }) => type === 'HandoffAccepted')
    .map(({ data }) => data as Accepted);
  const last = accepted.at(-1)?.headSha;
  const merges = commits.filter(({ parents }) => parents.length > 1);
  const own = commits.filter(({ parents }) => parents.length < 2);
  return [
    ...(mission?.now.status === 'completed' && head !== last
      ? [`${missionId}: the branch is at ${String(head)}, the mission was completed at ${String(last)}`]
      : []),
    ...commits.flatMap((commit, index) => outOfLine(commit, commits[index - 1])),
    ...merges.flatMap((commit) => (mission ? unknownMerge(commit, mission.now) : [])),
    ...own.flatMap((commit, index) => problemsOf(commit, own[index - 1], accepted)),
    ...duplicates(own).map((key) => `${missionId}: there is more than one commit of ${key}`),
  ].map((problem) => (problem.startsWith(missionId) ? problem : `${missionId}: ${problem}`));
}

function outOfLine({ sha, parents }: BranchCommit, before: BranchCommit | undefined): readonly string[] {
  return before && parents[0] !== before.sha ? [`${sha} does not follow ${before.sha}`] : [];
}

/** A merge is the supervisor's when it says whose work it brings, and a handoff of the mission began with just that. */
function unknownMerge(
  { sha, parents, trailers }: BranchCommit,
  { id, handoffs }: Mission,
): readonly string[] {
  const brought = handoffs.flatMap(({ captured }) => captured.integrated?.changes ?? []);
  const isKnown = brought.some(
    (change) => parents[1] === change.sha && trailers['Integrates'] === `${change.missionId} ${change.sha}`,
  );
  return isKnown && parents.length === 2 && trailers['Mission'] === id
    ? []
    : [`${sha} is a merge of somebody else`];
}

function problemsOf(
  { sha, trailers }: BranchCommit,
  before: BranchCommit | undefined,
  accepted: readonly Accepted[],
): readonly string[] {
  const fact = accepted.find(({ headSha }) => headSha === sha);
  const fence = Number(trailers['Fence']);
  return [
    ...(fact ? [] : [`${sha} is on the branch, but the log never accepted it`]),
    ...(fact && fact.token < fence
      ? [`${sha} carries fence ${String(fence)}, but was accepted under ${String(fact.token)}`]
      : []),
    ...(before && fence < Number(before.trailers['Fence'])
      ? [`${sha} carries a lower fence than the one before it`]
      : []),
  ];
}

function duplicates(commits: readonly BranchCommit[]): readonly string[] {
  const keys = commits.map(
    ({ trailers }) => `${String(trailers['Feature'])} attempt ${String(trailers['Attempt'])}`,
  );
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
}

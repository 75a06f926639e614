import type { MissionEventData, MissionEventType } from '../events/index.ts';
import type { Chronicle, Moment, WorkCommit } from './chronicle.ts';

interface Happening {
  readonly type: MissionEventType;
  readonly data: unknown;
  readonly moment: Moment;
}

type Change = Partial<Omit<Chronicle, 'mission' | 'lastAt'>>;

type Takers = {
  readonly [Type in MissionEventType]?: (
    chronicle: Chronicle,
    data: MissionEventData<Type>,
    moment: Moment,
  ) => Change;
};

/** What a fact adds to the chronicle beside the mission's own fold; `chronicle` is still that before the fact. */
export function takenUp(chronicle: Chronicle, { type, data, moment }: Happening): Change {
  const take = takers[type] as ((chronicle: Chronicle, data: unknown, moment: Moment) => Change) | undefined;
  return take?.(chronicle, data, moment) ?? {};
}

const takers: Takers = {
  PlanApproved: (_, data, moment) => ({ approved: { ...data, ...moment } }),
  ContractAmended: ({ amended }, { number }, moment) => ({
    amended: { ...amended, [String(number)]: moment },
  }),
  ContractAssertionBaselined: ({ baselines }, data, moment) => ({
    baselines: { ...baselines, [data.assertionId]: { ...data, ...moment } },
  }),
  AssertionJudged: ({ verdicts }, data, moment) => ({ verdicts: [...verdicts, { ...data, ...moment }] }),
  MilestoneReportReceived: ({ reports }, data, moment) => ({ reports: [...reports, { ...data, ...moment }] }),
  HandoffSubmitted: ({ commits }, data, moment) => ({ commits: committed(commits, data, moment) }),
  HandoffAccepted: ({ commits }, data) => ({ commits: accepted(commits, data) }),
  MilestoneRolledBack: ({ commits, rollBacks }, data, moment) => ({
    commits: undone(commits, data.toSha),
    rollBacks: [...rollBacks, { ...data, ...moment }],
  }),
  FindingRaised: ({ raised }, { findingId }, moment) => ({ raised: { ...raised, [findingId]: moment } }),
  FindingSettled: ({ settled }, { findingId }, moment) => ({ settled: { ...settled, [findingId]: moment } }),
  AssertionWaived: ({ waived }, { assertionId }, moment) => ({
    waived: { ...waived, [assertionId]: moment },
  }),
};

function committed(
  commits: readonly WorkCommit[],
  { handoff }: MissionEventData<'HandoffSubmitted'>,
  moment: Moment,
): readonly WorkCommit[] {
  const { featureId, runId, attempt, captured } = handoff;
  const { baseSha, headSha: sha, filesChanged } = captured;
  if (sha === baseSha) return commits;
  const commit = { sha, baseSha, featureId, runId, attempt, filesChanged };
  return [...commits, { ...commit, accepted: false, undone: false, ...moment }];
}

function accepted(
  commits: readonly WorkCommit[],
  { runId, headSha }: MissionEventData<'HandoffAccepted'>,
): readonly WorkCommit[] {
  return commits.map((commit) =>
    commit.runId === runId && commit.sha === headSha ? { ...commit, accepted: true } : commit,
  );
}

/** Everything behind the commit that the head returns to; all of it where that is none of the mission's own. */
function undone(commits: readonly WorkCommit[], toSha: string): readonly WorkCommit[] {
  const kept = commits.findLastIndex(({ sha, accepted: isHead }) => isHead && sha === toSha);
  return commits.map((commit, index) =>
    index > kept && commit.accepted ? { ...commit, undone: true } : commit,
  );
}

import type { Fact } from '@missions/kernel';
import type { MissionEventData, MissionEventType } from '../events/index.ts';
import type { ById, Mission } from '../mission.state.ts';

/** A fact with its place in the mission's log. */
export interface RecordedFact extends Fact {
  readonly version: number;
  readonly occurredAt: string;
}

/** When something became known: its place in the log, and the time. */
export interface Moment {
  readonly seq: number;
  readonly at: string;
}

export type Recorded<Type extends MissionEventType> = MissionEventData<Type> & Moment;

/** What one attempt at a feature committed. */
export interface WorkCommit extends Moment {
  readonly sha: string;
  readonly baseSha: string;
  readonly featureId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly filesChanged: readonly string[];
  /** The mission's head moved to it. */
  readonly accepted: boolean;
  /** A roll back took it out again. */
  readonly undone: boolean;
}

/**
 * A mission with everything that was ever said of its proofs: the fold keeps the state of now, and an amendment or a roll
 * back takes its past away; what is delivered has to answer for that past as well.
 */
export interface Chronicle {
  readonly mission: Mission;
  readonly approved?: Recorded<'PlanApproved'>;
  /** What each proof did on the untouched base, the newest attempt. */
  readonly baselines: ById<Recorded<'ContractAssertionBaselined'>>;
  /** Every verdict, oldest first; also those of definitions that an amendment has replaced. */
  readonly verdicts: readonly Recorded<'AssertionJudged'>[];
  readonly reports: readonly Recorded<'MilestoneReportReceived'>[];
  readonly commits: readonly WorkCommit[];
  readonly rollBacks: readonly Recorded<'MilestoneRolledBack'>[];
  /** When amendments were made, by number. */
  readonly amended: ById<Moment>;
  readonly raised: ById<Moment>;
  readonly settled: ById<Moment>;
  readonly waived: ById<Moment>;
  /** When the last fact happened; empty before the first. */
  readonly lastAt: string;
}

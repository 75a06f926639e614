import type {
  AuditView,
  CloudEvent,
  MissionView,
  PlanView,
  ReportView,
  TranscriptView,
} from '@missions/contracts';

export interface NewMission {
  readonly goal: string;
  readonly repository: string;
}

/** What a person can ask of the system, as far as the demo asks it. A command is answered after it became a fact. */
export interface MissionClient {
  readonly create: (mission: NewMission) => Promise<string>;
  readonly answer: (missionId: string, answer: { questionId: string; value: string }) => Promise<void>;
  /** Bound to exactly the plan that was read. */
  readonly approve: (missionId: string, hash: string) => Promise<void>;
  readonly mission: (missionId: string) => Promise<MissionView>;
  readonly plan: (missionId: string) => Promise<PlanView>;
  readonly transcript: (runId: string) => Promise<TranscriptView>;
  /** What happened after this version of the mission, in order; empty when nothing did yet. */
  readonly events: (missionId: string, after: number) => Promise<readonly CloudEvent[]>;
  readonly report: (missionId: string) => Promise<ReportView>;
  /** Recomputes the hash chain of every stream. */
  readonly audit: () => Promise<AuditView>;
}

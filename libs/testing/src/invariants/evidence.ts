import type { StreamAudit } from '@missions/event-store';
import type { EventEnvelope } from '@missions/kernel';
import type { Mission } from '@missions/mission';

/** What is to be checked, and what only the test knows about it. */
export interface InvariantSubject {
  /** As superuser. */
  readonly databaseUrl: string;
  /** Repositories of people in which missions keep their branch. */
  readonly repositories?: readonly { readonly missionId: string; readonly path: string }[];
  /** Of the stack: logs and JetStream are searched for secrets, processes are recognised by it. */
  readonly stateDir?: string;
  /** Commands the test was told were accepted. */
  readonly acknowledged?: readonly Acknowledged[];
  /** What subscribers received, in the order of receipt. */
  readonly received?: readonly Subscriber[];
  /** Values that must be nowhere. */
  readonly secrets?: readonly string[];
  /** Processes that were started and must have ended by now. */
  readonly endedPids?: readonly number[];
  /** How long a pause and a cancel may take; the product's stated times unless given. */
  readonly pauseLimitMs?: number;
  readonly cancelLimitMs?: number;
  /** The stack is at rest: read models have caught up with the log. */
  readonly atRest?: boolean;
}

export interface Acknowledged {
  readonly missionId: string;
  readonly seq: number;
  /** Its events derive their ids from it; absent where the caller was not told. */
  readonly commandId?: string;
}

export interface Subscriber {
  readonly name: string;
  readonly events: readonly { readonly missionId: string; readonly sequence: number }[];
}

/** A stored event with its place in the global feed and the very text that was stored. */
export interface LoggedEvent extends EventEnvelope {
  readonly place: number;
  readonly text: string;
}

/** One mission as the log tells it: `states[n]` is the mission after its first n events. */
export interface LoggedMission {
  readonly id: string;
  readonly events: readonly LoggedEvent[];
  readonly states: readonly Mission[];
  readonly now: Mission;
}

export interface BranchCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly trailers: Readonly<Record<string, string>>;
}

export interface Branch {
  readonly missionId: string;
  /** Undefined when the branch does not exist. */
  readonly head: string | undefined;
  /** From the base, oldest first; the base itself is not in it. */
  readonly commits: readonly BranchCommit[];
  /** Everything the commits added, as text. */
  readonly patch: string;
}

export interface SeenProcess {
  readonly pid: number;
  /** Directories below the state directory that it has mounted, as its working directory, or in its command line. */
  readonly places: readonly string[];
}

/** The rows beside the log that can be rebuilt from it. */
export interface Rows {
  readonly delegations: readonly { readonly runId: string; readonly missionId: string }[];
  readonly leases: readonly { readonly runId: string; readonly missionId: string; readonly token: number }[];
  readonly cards: readonly {
    readonly missionId: string;
    readonly seq: number;
    readonly updatedAt: string;
    readonly card: Readonly<Record<string, unknown>>;
  }[];
  readonly cursors: readonly {
    readonly consumer: string;
    readonly stream: string;
    readonly version: number;
  }[];
  readonly parked: readonly { readonly consumer: string; readonly stream: string; readonly error: string }[];
}

/** A place where bytes came to rest, with its text. */
export interface Deposit {
  readonly where: string;
  readonly text: string;
}

/** Everything the checks look at; gathered once, then only read. */
export interface Evidence {
  readonly subject: InvariantSubject;
  readonly audits: readonly StreamAudit[];
  /** By stream, in the order of versions. */
  readonly streams: ReadonlyMap<string, readonly LoggedEvent[]>;
  readonly missions: readonly LoggedMission[];
  readonly artifacts: ReadonlySet<string>;
  readonly rows: Rows;
  readonly branches: readonly Branch[];
  readonly processes: readonly SeenProcess[];
  readonly deposits: readonly Deposit[];
}

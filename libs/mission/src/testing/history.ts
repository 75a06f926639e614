import type { Decider } from '@missions/kernel';
import {
  personCommands,
  type Conclusion,
  type ConclusionOf,
  type MissionCommand,
} from '../commands/index.ts';
import type { DecisionContext } from '../context.ts';
import type { MissionEvent, MissionEventOf, MissionEventType } from '../events/index.ts';
import { evolve } from '../evolve/index.ts';
import { handle } from '../handle.ts';
import { initialMission } from '../initial-mission.ts';
import type { AssertionState, FeatureState, Mission, RunState } from '../mission.state.ts';
import { openApprovals, openRun } from '../queries.ts';
import type { Usage } from '../run.ts';
import { goodConclusion, handedOff, settled, validated, type Reported } from './conclusions.ts';
import { ana, by, command, creation, decideService, oneTurn, proposal } from './mission.builders.ts';

/** Commands with their consequences, as one append each; what services run in production. */
export const missionDecider: Decider<Mission, MissionCommand, MissionEvent, DecisionContext> = {
  initial: initialMission,
  evolve,
  decide: (asked, mission, context) => handle(asked, mission, context).events,
};

/** What has happened so far, told command by command; every step gives a new history. */
export class History {
  private constructor(
    readonly facts: readonly MissionEvent[],
    readonly mission: Mission,
  ) {}

  static readonly empty = new History([], initialMission);

  after(asked: MissionCommand, context = contextOf(asked)): History {
    const { events, mission } = handle(asked, this.mission, context);
    return new History([...this.facts, ...events], mission);
  }

  /** The open run; a case that needs one and has none is written wrongly. */
  get run(): RunState {
    const run = openRun(this.mission);
    if (!run) throw new Error(`No run is open; the mission is ${this.mission.status}.`);
    return run;
  }

  feature(id: string): FeatureState {
    const feature = this.mission.features[id];
    if (!feature) throw new Error(`There is no ${id}.`);
    return feature;
  }

  assertion(id: string): AssertionState {
    const assertion = this.mission.assertions[id];
    if (!assertion) throw new Error(`There is no ${id}.`);
    return assertion;
  }

  /** The newest fact of a type. */
  last<Type extends MissionEventType>(type: Type): MissionEventOf<Type>['data'] {
    const found = this.facts.findLast((fact) => fact.type === type);
    if (!found) throw new Error(`No ${type} has happened.`);
    return found.data as MissionEventOf<Type>['data'];
  }

  get claimCommand(): MissionCommand {
    return command('ClaimRun', { runId: this.run.id, holder: 'host-1' });
  }

  claimed(): History {
    const waiting = this.run.lock?.granted === false ? this.granted() : this;
    return waiting.after(waiting.claimCommand);
  }

  /** What the open run waited for is granted. */
  granted(): History {
    const claimId = this.run.lock?.claimId ?? '';
    return this.after(command('RecordLockGrant', { claimId, ledger: 'resources-local', version: 7 }));
  }

  conclusion(conclusion: Conclusion, usage: Usage = oneTurn): MissionCommand {
    const { id, token } = this.run;
    return { type: 'ConcludeRun', data: { runId: id, token, conclusion, usage } };
  }

  /** Claims the open run, if nobody holds it, and ends it so. */
  concluded(conclusion: Conclusion | ((mission: Mission) => Conclusion), usage?: Usage): History {
    const held = this.run.status === 'running' ? this : this.claimed();
    const asked = typeof conclusion === 'function' ? conclusion(held.mission) : conclusion;
    return held.after(held.conclusion(asked, usage));
  }

  /** Ends the open run in the way that brings the mission on. */
  done(): History {
    return this.concluded(goodConclusion);
  }

  failed(cause: NonNullable<ConclusionOf<'ended'>['cause']>, usage?: Usage): History {
    return this.concluded({ kind: 'ended', state: 'failed', cause, detail: 'it broke' }, usage);
  }

  released(reason: 'expired' | 'shutdown' = 'expired'): History {
    return this.after(this.releaseCommand(reason));
  }

  releaseCommand(reason: 'expired' | 'shutdown' = 'expired'): MissionCommand {
    return command('ReleaseRun', { runId: this.run.id, token: this.run.token, reason });
  }

  built(over: Parameters<typeof handedOff>[1] = {}): History {
    return this.concluded((mission) => handedOff(mission, over));
  }

  /** Both validators report, or the engine alone where it does. */
  validated(report: Reported = {}): History {
    const first = this.concluded((mission) => validated(mission, report));
    const { openRun: id, runs } = first.mission;
    const next = id === undefined ? undefined : runs[id];
    if (next?.task !== 'validate' || next.subject.round !== this.run.subject.round) return first;
    return first.concluded((mission) => validated(mission, { ...report, findings: [], found: [] }));
  }

  settled(...over: Parameters<typeof settled> extends [Mission, ...infer Rest] ? Rest : never): History {
    return this.concluded((mission) => settled(mission, ...over));
  }

  /** A person decides the first open approval. */
  decided(decision: 'approved' | 'rejected'): History {
    const approvalId = openApprovals(this.mission)[0]?.id ?? 'APR-0';
    return this.after(command('DecideApproval', { approvalId, decision }));
  }

  messaged(messageId: string, interrupt = false): History {
    return this.after(command('SendMessage', { messageId, text: `About ${messageId}`, interrupt }));
  }

  delivered(...messageIds: string[]): History {
    const { id, token } = this.run;
    return this.after(command('DeliverMessages', { runId: id, token, messageIds, turn: 1 }));
  }
}

/** A person asks for what people ask for, the service for the rest. */
export function contextOf({ type }: MissionCommand): DecisionContext {
  return by(Object.hasOwn(personCommands, type) ? ana : decideService);
}

export type Creation = Parameters<typeof creation>[0];

export function created(over: Creation = {}): History {
  return History.empty.after(creation(over));
}

export function scoped(over: Creation = {}): History {
  return created(over).done();
}

export function proposed(over: Creation = {}, plan = proposal()): History {
  return scoped(over).concluded(plan);
}

/** A plan waits for a person, its proofs executed on the base. */
export function awaitingApproval(over: Creation = {}, plan = proposal()): History {
  return proposed(over, plan).done();
}

export function approved(over: Creation = {}, plan = proposal()): History {
  return awaitingApproval(over, plan).after(command('ApprovePlan', {}));
}

/** M1 is built and stands before its validators. */
export function builtM1(over: Creation = {}): History {
  return approved(over).built().built();
}

/** M1 has passed; M2 is at work. */
export function passedM1(over: Creation = {}): History {
  return builtM1(over).validated();
}

/** M2 has passed; the engine proves everything once more. */
export function atFinalProof(over: Creation = {}): History {
  return passedM1(over).built().validated();
}

export function typesOf(facts: readonly MissionEvent[]): readonly MissionEventType[] {
  return facts.map(({ type }) => type);
}

/** The data of the facts of one type, in order. */
export function all<Type extends MissionEventType>(
  facts: readonly MissionEvent[],
  type: Type,
): readonly MissionEventOf<Type>['data'][] {
  return facts.filter((fact) => fact.type === type).map(({ data }) => data as MissionEventOf<Type>['data']);
}

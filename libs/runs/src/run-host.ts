import type { PokeSource } from '@missions/bus';
import type { ArtifactStore, EventStore } from '@missions/event-store';
import type { Actor, Clock, Redactor } from '@missions/kernel';
import type { Model, ModelChoice, Price } from '@missions/models';
import type { Role } from '@missions/mission';
import type { MissionCommander } from './mission-commander.ts';
import type { MissionFolds } from './mission-folds.ts';
import type { RunDesk } from './run-desk.ts';

type LogFields = Readonly<Record<string, unknown>>;

export interface RunLog {
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
}

/** A model as one role is configured to use it. */
export interface RoleModel {
  readonly model: Model;
  /** Undefined when it is unpriced. */
  readonly price: Price | undefined;
}

export interface RunHostLimits {
  readonly leaseTtlMs: number;
  readonly leaseRenewMs: number;
  readonly maxTokensPerTurn: number;
  /** How long a command to the mission's owner is repeated before the run is left to another holder. */
  readonly commandMs: number;
  /** How long a run that stops tries to say so, before its lease is left to run out. */
  readonly partingMs: number;
  /** How long a tool, a reply or the engine's own work may still take once a pause is wanted. */
  readonly pauseGraceMs: number;
}

/** What a replica brings to every run it drives, whatever the run's role. */
export interface RunHost {
  /** Unique among all replicas; written into claims. */
  readonly holder: string;
  readonly actor: Actor;
  readonly store: EventStore;
  readonly artifacts: ArtifactStore;
  readonly folds: MissionFolds;
  readonly desk: RunDesk;
  readonly pokes: PokeSource;
  readonly commander: MissionCommander;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly limits: RunHostLimits;
  /** What the configuration says now for this role; undefined when it names no model. */
  readonly modelChoice: (role: Role) => ModelChoice | undefined;
  /** Rejects with a `ModelError` (no key) or a `DomainError` (wrong configuration). */
  readonly modelFor: (role: Role) => Promise<RoleModel>;
  /** Named steps at which a test may end the process. */
  readonly killPoint: (name: string) => void;
}

/** The configuration names no model for a role; the run fails by `auth`, because only a person can mend it. */
export class ModelNotConfigured extends Error {
  readonly code = 'auth';
  constructor(role: Role) {
    super(`No model is configured for the role ${role}: set models.${role} in missions.config.yaml.`);
    this.name = 'ModelError';
  }
}

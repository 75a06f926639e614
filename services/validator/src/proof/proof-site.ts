import type { ArtifactStore } from '@missions/event-store';
import type { Redactor } from '@missions/kernel';
import type { Assertion, BaselineResult, Evidence, ProductService } from '@missions/mission';
import type {
  DependencyLayer,
  DependencyLayers,
  MissionRepository,
  SandboxProvider,
} from '@missions/workspace';

/** A question of the contract with all that its judges may know: what was captured, and nothing else. */
export interface JudgedQuestion {
  readonly assertion: Assertion;
  readonly evidence: string;
  readonly signal: AbortSignal;
}

/** What one judge answered, as it was said, or why nothing was. */
export interface JudgeAnswer {
  /** Whose answer it is. */
  readonly by: string;
  readonly text?: string;
  readonly problem?: string;
}

/** Asks two models that know nothing of each other. Rejects when the run has to stop, or when only a person can go on. */
export type Judge = (question: JudgedQuestion) => Promise<readonly JudgeAnswer[]>;

/** What the engine needs of this host. */
export interface ProofParts {
  readonly sandbox: SandboxProvider;
  /** Evidence goes here, redacted, before a record names it. */
  readonly artifacts: Pick<ArtifactStore, 'put' | 'get'>;
  readonly redactor: Redactor;
  /** Copies dependencies into a clean room; needed where a site names a layer. */
  readonly layers?: Pick<DependencyLayers, 'copyInto'>;
  /** Gives a directory to the sandbox's user. */
  readonly adopt: (directory: string) => Promise<void>;
  /** Clean rooms are made below it; the sandbox's user must be able to pass through it. */
  readonly stateDir: string;
  /** Absent where no model may be asked: then nothing is judged, and only a failed capture decides. */
  readonly judge?: Judge;
  /** How many proofs run at once in `proveAll` and `baselineAll`; 2 where absent. */
  readonly concurrency?: number;
}

/** The commit that proofs are carried out on, and what each of their clean rooms is made of. */
export interface ProofSite {
  readonly repository: MissionRepository;
  readonly sha: string;
  readonly baseSha: string;
  /** Paths taken from the base commit: a file, a folder, or a glob. What the base does not have there does not exist. */
  readonly contractProtected: readonly string[];
  /**
   * Resource patterns of the features: a test runner's configuration that the base has is taken from there too, unless one
   * of them names it in full.
   */
  readonly touches?: readonly string[];
  readonly services: readonly ProductService[];
  readonly layer?: DependencyLayer;
  /** Its abort rejects with the signal's reason and leaves neither process nor file behind. */
  readonly signal: AbortSignal;
}

/** The same site on the untouched base, with the dependencies of the base. */
export function onBase(site: ProofSite, layer: DependencyLayer | undefined): ProofSite {
  const { layer: _ofCommit, ...rest } = site;
  return { ...rest, sha: site.baseSha, ...(layer && { layer }) };
}

/** What a proof of the contract does before anything is built. */
export interface BaselineRecord {
  readonly assertionId: string;
  readonly result: BaselineResult;
  readonly observed: string;
  readonly evidence: Evidence[];
}

/** What one execution of a proof showed, before it is called a verdict or a baseline. */
export interface Measurement {
  readonly outcome: 'met' | 'not_met' | 'hindered';
  readonly observed: string;
  readonly expected: string;
  readonly durationMs: number;
  readonly evidence: Evidence[];
}

/** Told when a proof begins, and how it ended; what it throws ends the batch. */
export type ProofWatcher = (step: {
  readonly assertion: Assertion;
  readonly ended: string | undefined;
}) => void;

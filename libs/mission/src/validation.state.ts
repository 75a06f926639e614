import type { AssertionChange } from './contract-diff.ts';
import type { FindingDraft, FindingSource } from './finding.ts';
import type { ContractDelta, PlanDelta, SettlementChoice } from './settlement.ts';
import type { Assertion, BaselineResult, Doubt, Verdict } from './validation-contract.ts';
import type { ControlOutcome, Evidence } from './validation-report.ts';

export interface AssertionState {
  readonly definition: Assertion;
  readonly baseline: BaselineResult | 'not_run';
  readonly verdict?: Verdict;
  readonly targetSha?: string;
  readonly history: readonly AssertionVerdict[];
  /** Its proof said now this, now that at one commit; until it says the same often enough in a row, no verdict of it counts. */
  readonly flaky?: true;
  /** What its proof, as it is worded now, last did with the broken variant of the product. */
  readonly control?: ControlOutcome;
  readonly waived?: { readonly by: string; readonly reason: string; readonly at: string };
}

export interface AssertionVerdict {
  readonly verdict: Verdict;
  readonly targetSha: string;
  readonly milestoneId: string;
  readonly round: number;
  readonly runId: string;
  readonly observed: string;
  readonly expected: string;
  readonly evidence: readonly Evidence[];
  readonly reproSteps: readonly string[];
  readonly loweredFrom?: Verdict;
  readonly doubt?: Doubt;
}

export interface FindingState {
  readonly id: string;
  readonly milestoneId: string;
  readonly round: number;
  readonly source: FindingSource;
  readonly finding: FindingDraft;
  readonly settled?: {
    readonly choice: SettlementChoice;
    readonly justification: string;
    readonly decidedBy: string;
  };
}

export interface ApprovalState {
  readonly id: string;
  readonly kind: 'plan' | 'amendment' | 'waiver';
  readonly summary: string;
  readonly hash?: string;
  readonly assertionIds: readonly string[];
  /** Findings of the engine that would be let stand. */
  readonly findingIds?: readonly string[];
  readonly planDelta?: PlanDelta;
  readonly contractDelta?: ContractDelta;
  readonly decision?: {
    readonly decision: 'approved' | 'rejected';
    readonly by: string;
    readonly reason?: string;
  };
}

/** A numbered change of the frozen contract. */
export interface Amendment {
  readonly number: number;
  readonly approvalId: string;
  readonly by: string;
  readonly reason: string;
  readonly changes: readonly AssertionChange[];
}

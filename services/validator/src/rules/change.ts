import type { Assertion } from '@missions/mission';
import type { ChangeStatus } from '@missions/workspace';

export interface Line {
  /** Counted from 1, in the text the line belongs to. */
  readonly number: number;
  readonly text: string;
}

/** One file as it was and as it is. A text is absent where the file did not exist, is binary, or is too large to be read. */
export interface ChangedText {
  readonly path: string;
  readonly status: ChangeStatus;
  readonly previousPath?: string;
  readonly before?: string;
  readonly after?: string;
  readonly afterBytes?: number;
  readonly added: readonly Line[];
  readonly removed: readonly Line[];
}

/** What differs between two commits. */
export interface Change {
  readonly from: string;
  readonly to: string;
  readonly files: readonly ChangedText[];
}

/** What the rules may know besides the change: the approved contract, never who made the change or how. */
export interface RuleContext {
  /** The approved assertions; their proofs' inputs and expected values are looked for as literals in the product. */
  readonly assertions: readonly Assertion[];
  /** Resource patterns of the features: a test configuration that one of them names in full may change. */
  readonly touches: readonly string[];
  /** The secrets of a text by line and name, as `Redactor.finds` tells them. */
  readonly finds: (text: string) => readonly { readonly line: number; readonly name: string }[];
}

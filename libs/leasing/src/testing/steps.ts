import type { Mode } from '../mode.ts';
import type { OfferKind } from '../negotiation/offer.ts';
import type { Want } from '../want.ts';

/** One thing that owners, holders, the sweeper or people ask of a ledger, sensible or not. */
export type Step = ClaimStep | TalkStep | PersonStep;

export type ClaimStep =
  | {
      readonly kind: 'request';
      readonly claimId: string;
      readonly owner: string;
      readonly resources: readonly Want[];
      readonly priority: number;
    }
  | {
      readonly kind: 'release' | 'expire' | 'upgrade';
      readonly claimId: string;
      readonly tokenOffset: number;
    }
  | { readonly kind: 'withdraw'; readonly claimId: string }
  | { readonly kind: 'narrow'; readonly claimId: string; readonly keep: number; readonly mode: Mode }
  | { readonly kind: 'size'; readonly capacity: number }
  | { readonly kind: 'serve' };

/** Parties are named by their place among those there are, so that most of what is said reaches somebody. */
export type TalkStep =
  | { readonly kind: 'open'; readonly waiter: number; readonly withinS: number }
  | ProposeStep
  | { readonly kind: 'counter'; readonly talk: number; readonly proposal: number; readonly inS: number }
  | { readonly kind: 'accept'; readonly talk: number; readonly proposal: number }
  | { readonly kind: 'refuse'; readonly talk: number };

export interface ProposeStep {
  readonly kind: 'propose';
  readonly talk: number;
  readonly holder: number;
  readonly offer: OfferKind;
  readonly keep: number;
  readonly tokenOffset: number;
}

export type PersonStep =
  | { readonly kind: 'revoke'; readonly holder: number; readonly confirm: boolean }
  | { readonly kind: 'extend'; readonly holder: number }
  | { readonly kind: 'move'; readonly waiter: number; readonly before: number | null };

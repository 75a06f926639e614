import type { PeerAccess } from '../peer-leases.ts';
import type { ServiceAccess } from '../service-leases.ts';

/** What a process of clients is asked to do: `clients` of one system want one key, again and again. */
export interface Crowded {
  readonly name: string;
  readonly access: ServiceAccess | PeerAccess;
  readonly clients: number;
  readonly key: string;
  readonly ttlMs: number;
  readonly holdMs: number;
  /** The first hold after this time is the one in which the process stops itself; without it, it never does. */
  readonly stopAfterMs?: number;
  /** Where the counter is, and whether it looks at tokens. */
  readonly counter: { readonly url: string; readonly fenced: boolean };
}

/** What a holder did; times are those of the machine's monotonic clock. */
export interface Hold {
  readonly token: number;
  readonly askedAt: number;
  readonly heldAt: number;
  /** What the counter was moved to; undefined when it refused. */
  readonly counted: number | undefined;
}

export type Told =
  | { readonly kind: 'stopping'; readonly pid: number; readonly token: number }
  | { readonly kind: 'held'; readonly hold: Hold };

import type { Secret } from '@missions/kernel';
import type { ArtifactStore, RunFence } from '../artifact-store.ts';
import type { AuditSource } from '../audit.ts';
import type { EventStore } from '../event-store.ts';
import type { Upcaster } from '../upcasting.ts';

export interface StoreOptions {
  readonly forbidden?: readonly Secret[];
  readonly upcasters?: readonly Upcaster[];
  /** Longest wait for a locked stream. */
  readonly waitMs?: number;
}

/** Opens stores over one and the same log, which need not be empty. */
export interface EventStoreFixture<Rows> {
  readonly open: (options?: StoreOptions) => EventStore<Rows> & AuditSource;
  /** What `note_beside({ note })` has noted; it answers its argument and fails without a note. */
  readonly noted: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** Opens artifact stores over the same artifacts. */
export interface ArtifactStoreFixture {
  readonly open: (options?: Pick<StoreOptions, 'forbidden'>) => ArtifactStore;
  /** The run is claimed under this token; whoever held it before holds it no more. */
  readonly claim: (fence: RunFence) => Promise<void>;
  /** Nobody holds the run any more: it was released, or its lease expired. */
  readonly release: (runId: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

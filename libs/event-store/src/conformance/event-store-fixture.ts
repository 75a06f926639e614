import type { Secret } from '@missions/kernel';
import type { ArtifactStore } from '../artifact-store.ts';
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
  readonly close: () => Promise<void>;
}

/** Opens artifact stores over the same artifacts. */
export interface ArtifactStoreFixture {
  readonly open: (options?: Pick<StoreOptions, 'forbidden'>) => ArtifactStore;
  readonly close: () => Promise<void>;
}

import type { ColumnType } from 'kysely';

/** The tables of this service; see infra/postgres/migrations, 0004 and 0008. */
// A type, not an interface: kysely asks for the index signature that only a type has.
export type ResourceLockRows = {
  readonly resource_lease: {
    readonly scope: string;
    readonly claim_id: string;
    readonly token: number;
    readonly holder: string;
    readonly ttl_ms: number;
    readonly expires_at: Date;
    readonly ends_at: ColumnType<Date | null, string | null | undefined, string | null>;
    readonly wanted: ColumnType<'go' | 'hand_over', string | undefined, string>;
    readonly changed_in: ColumnType<number, number | undefined, number>;
  };
  readonly resource_opening: {
    readonly scope: string;
    readonly opens_at: ColumnType<Date, string, string>;
  };
};

export const ACQUIRE = 'row.acquire';
export const RELEASE = 'row.release';

/** Where the service that is a lease row and no more keeps it, and where it is asked. */
export interface RowService {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly ttlMs: number;
}

export interface Released {
  readonly key: string;
  readonly token: number;
}

/** One way to be alone with a key: leased, so that a dead holder is got over, and with a token for what is done meanwhile. */
export interface LeaseSystem {
  readonly name: string;
  readonly what: string;
  /** A client with a connection of its own. */
  readonly client: (name: string, ttlMs: number) => Promise<LeaseClient>;
  readonly close: () => Promise<void>;
}

export interface LeaseClient {
  /** Resolves with the token once the key is held; waits as this system has it. */
  readonly acquire: (key: string) => Promise<number>;
  readonly release: (key: string, token: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

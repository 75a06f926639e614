/** What `missions up` can be told. */
export interface UpOptions {
  readonly detach?: boolean;
  readonly port?: number;
  readonly config?: string;
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
}

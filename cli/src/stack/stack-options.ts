import type { ServiceName } from '@missions/runtime';

/** What has to be said to start the system on one machine; everything left out has a sensible value. */
export interface StackOptions {
  /** The state directory: absolute, outside any checkout. */
  readonly state: string;
  /** A configuration file by name; without it `missions.config.yaml` of `cwd` counts, if there is one. */
  readonly config?: string;
  readonly cwd: string;
  /** Where API keys and `MISSIONS_*` settings are looked up; a service receives only what it needs of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the API; 0 takes a free one. Default 4747. */
  readonly port?: number;
  /** Which services run; all unless given. */
  readonly services?: readonly ServiceName[];
  /** How many processes of a service run; 1 unless given. The second worker is named `worker-2`. */
  readonly replicas?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Settings by dotted path (`limits.leaseTtlMs`), above every file and variable. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** The named step at which the first process of a service ends itself with SIGKILL, once. */
  readonly killAt?: Readonly<Partial<Record<ServiceName, string>>>;
  /** Existing servers instead of this machine's own; the database's owner must be allowed to create roles. */
  readonly attach?: { readonly databaseUrl: string; readonly natsUrl: string };
  /** Postgres skips fsync: for a stack whose state is deleted afterwards. */
  readonly throwAway?: boolean;
  /** The longest pause before a crashed service is started again; 10 s unless given. */
  readonly longestRestartPauseMs?: number;
  /** How long the services may take until they are ready; 60 s unless given. */
  readonly readyLimitMs?: number;
  /** One line for each step and each thing worth saying (a server restarted, a service died). */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** One process of a service, supervised: whenever it ends it is started again. */
export interface StackService {
  /** `worker`, `worker-2`, … */
  readonly name: string;
  readonly service: ServiceName;
  /** Where its health and metrics answer; stays the same over restarts. */
  readonly url: string;
  readonly logFile: string;
  /** Undefined while it is down. */
  readonly pid: () => number | undefined;
  readonly restarts: () => number;
  /** Sends a signal (SIGKILL unless given) and resolves when that process is gone; it will be started again. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Resolves when it answers that work may be sent; rejects after `limitMs` (30 s unless given). */
  readonly ready: (limitMs?: number) => Promise<void>;
  /** Ends it gracefully and leaves it down. Safe to repeat. */
  readonly stop: () => Promise<void>;
  /** Starts it after `stop`, with another kill point if one is given. */
  readonly start: (options?: { readonly killAt?: string }) => void;
}

/** The servers below the services. */
export interface StackServers {
  /** The superuser's, on the product's database. */
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Deletes everything JetStream holds; the server comes back empty on the same port. */
  readonly wipeNats: () => Promise<void>;
  /** SIGKILL; the server is started again on the same port as long as this process lives. */
  readonly killPostgres: () => Promise<void>;
  readonly killNats: () => Promise<void>;
}

/** The running system of one machine. */
export interface Stack {
  readonly state: string;
  /** Of Mission Control, without a trailing slash. */
  readonly apiUrl: string;
  /** An administrator's bearer token for the API. */
  readonly token: string;
  readonly services: ReadonlyMap<string, StackService>;
  /** The first process of a service; throws when the stack was started without it. */
  readonly service: (name: ServiceName) => StackService;
  readonly servers: StackServers;
  /** Stops services, then servers; safe to repeat. */
  readonly stop: () => Promise<void>;
}

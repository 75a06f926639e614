import type { ModelCallWatch, ModelEndpoint } from './sandbox-model-endpoints.ts';

/** One destination that a session may reach through the proxy; what is not listed is denied. */
export interface EgressEntry {
  readonly host: string;
  readonly port: number;
  /** Set by an admin: the name may resolve to a private address. Loopback and link-local stay refused without it. */
  readonly private?: boolean;
}

/** What the proxy decided about one request; told at once (`onRequest`) and counted (`takeUses`). */
export interface EgressDecision {
  readonly allowed: boolean;
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** The address the connection was pinned to; undefined when none was made. */
  readonly address: string | undefined;
  readonly reason: EgressReason;
}

export type EgressReason =
  | 'listed'
  | 'not_listed'
  | 'private_address'
  | 'unresolved'
  | 'malformed'
  | 'model_endpoint'
  | 'not_model_api'
  | 'call_refused';

export interface EgressProxyOptions extends ModelCallWatch {
  /** Unix socket to listen on; the directory must be the supervisor's own. */
  readonly socketPath: string;
  /** The user of the sandbox, who alone may connect besides the supervisor; undefined when it is the supervisor's own. */
  readonly uid?: number;
  readonly allow: readonly EgressEntry[];
  /** Served by name on the session's loopback, whatever `allow` says; the session's environment points at them. */
  readonly endpoints?: readonly ModelEndpoint[];
  readonly onRequest: (decision: EgressDecision) => void;
}

/** What was asked of the proxy, repeats counted: plain data for the record of a tool's call. */
export interface EgressUse {
  readonly host: string;
  readonly port: number;
  readonly allowed: boolean;
  readonly reason: EgressReason;
  readonly count: number;
}

/** What a session is given of a proxy. */
export interface EgressAccess {
  readonly socketPath: string;
  /** The decisions since it was last called: at most 32 different ones, and what came on top as `(others)`. */
  readonly takeUses?: () => readonly EgressUse[];
  /** The model providers that answer by name; the session's environment names their addresses. */
  readonly endpoints?: readonly Pick<ModelEndpoint, 'name' | 'protocol'>[];
}

export interface EgressProxy extends EgressAccess {
  /** Cuts every connection and removes the socket. Idempotent. */
  readonly close: () => Promise<void>;
}

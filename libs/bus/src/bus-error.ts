export type BusErrorCode =
  /** Nobody listens on that subject; the service is down or not up yet. */
  | 'BUS_NO_RESPONDERS'
  /** No answer within the limit; whether it was done is unknown. */
  | 'BUS_TIMEOUT'
  /** The bus itself cannot be reached. */
  | 'BUS_DISCONNECTED'
  /** The caller gave up. */
  | 'BUS_ABORTED'
  /** The other side answered with a fault, not with a refusal. */
  | 'BUS_REMOTE_FAULT'
  /** This side may not use that subject. */
  | 'BUS_FORBIDDEN';

const TRANSIENT: ReadonlySet<BusErrorCode> = new Set([
  'BUS_NO_RESPONDERS',
  'BUS_TIMEOUT',
  'BUS_DISCONNECTED',
]);

/** The bus could not do what was asked; `transient` ones may succeed when repeated. */
export class BusError extends Error {
  readonly kind = 'fault';
  readonly transient: boolean;
  constructor(
    readonly code: BusErrorCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = 'BusError';
    this.transient = TRANSIENT.has(code);
  }
}

/** Somebody else published, or the stream was wiped: the tail is not where the relay thought; read it again. */
export class TailMovedError extends Error {
  readonly code = 'BUS_TAIL_MOVED';
  constructor(
    readonly stream: string,
    readonly expectedSequence: number,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`The tail of ${stream} is no longer at ${String(expectedSequence)}.`, options);
    this.name = 'TailMovedError';
  }
}

export interface TopologyDifference {
  /** For instance `stream EVENTS: max_msgs` */
  readonly what: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** The server is too old, or keeps a stream or consumer in another form than asked for. */
export class TopologyError extends Error {
  readonly code = 'BUS_TOPOLOGY';
  constructor(readonly differences: readonly TopologyDifference[]) {
    super(`The bus is not set up as needed. ${differences.map(describeDifference).join('; ')}.`);
    this.name = 'TopologyError';
  }
}

function describeDifference({ what, wanted, found }: TopologyDifference): string {
  return `${what} is ${JSON.stringify(found)}, needed is ${JSON.stringify(wanted)}`;
}

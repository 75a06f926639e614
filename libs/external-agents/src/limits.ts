const mebibyte = 1024 * 1024;

/** Where an external agent goes too far. */
export interface ExternalAgentLimits {
  /** From its start until it takes a prompt. */
  readonly startMs: number;
  /** Nothing was heard of it, and nothing it asked for is under way. */
  readonly stallMs: number;
  /** Of one turn. */
  readonly turnMs: number;
  /** Between the word that it shall stop and its end by force. */
  readonly stopGraceMs: number;
  /** Longest time between two checkpoints while it works. */
  readonly checkpointMs: number;
  /** Of one message; the agent is stopped by a longer one. */
  readonly lineBytes: number;
  /** Of all it says in one turn. */
  readonly turnBytes: number;
  /** Lines of a turn that are no message. */
  readonly malformedLines: number;
  readonly requestsInFlight: number;
  readonly terminals: number;
  /** Of a command in a terminal. */
  readonly terminalMs: number;
  /** Of a file that it reads or writes through us, and of the output of a terminal. */
  readonly contentBytes: number;
  readonly resultBytes: number;
  /** Times that a command is run until its result is accepted. */
  readonly rounds: number;
}

export const defaultExternalAgentLimits: ExternalAgentLimits = {
  startMs: 60_000,
  stallMs: 900_000,
  turnMs: 4 * 3_600_000,
  stopGraceMs: 3_000,
  checkpointMs: 10_000,
  lineBytes: 16 * mebibyte,
  turnBytes: 256 * mebibyte,
  malformedLines: 20,
  requestsInFlight: 64,
  terminals: 32,
  terminalMs: 1_800_000,
  contentBytes: mebibyte,
  resultBytes: mebibyte,
  rounds: 3,
};

import { DomainError } from '@missions/kernel';

/** A run stream has seen a higher token than the writer's. */
export function staleToken(evidence: {
  readonly stream: string;
  readonly token: number | undefined;
  readonly highest: number;
}): DomainError {
  return new DomainError(
    'STALE_TOKEN',
    `${evidence.stream} is held under token ${String(evidence.highest)} by now; nothing was written.`,
    evidence,
  );
}

/** The run was never held under this token: it comes from the future, or from another run. */
export function unknownToken(evidence: {
  readonly stream: string;
  readonly token: number | undefined;
}): DomainError {
  const token = evidence.token === undefined ? 'No token' : `Token ${String(evidence.token)}`;
  return new DomainError(
    'UNKNOWN_TOKEN',
    `${token} does not hold ${evidence.stream}; nothing was written.`,
    evidence,
  );
}

/** Some event ids are in the log already, but not all of them, or not as these events of this stream. */
export function idTaken(stream: string): DomainError {
  return new DomainError(
    'EVENT_ID_TAKEN',
    `Some ids of the events for ${stream} are in the log already, but not all of them as these events there.`,
    { stream },
  );
}

export function streamForbidden(stream: string): DomainError {
  return new DomainError('STREAM_FORBIDDEN', `This service may not append to ${stream}.`, { stream });
}

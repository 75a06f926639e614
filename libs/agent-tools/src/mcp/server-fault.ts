import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';

export type FaultKind =
  /** It did not answer in its time. */
  | 'timeout'
  /** Its process ended, or its connection was lost. */
  | 'ended'
  /** It answered that it will not serve this: by an HTTP status or an error of the protocol. */
  | 'refused'
  /** What it sent is not the protocol, or too much of it. */
  | 'malformed'
  /** Its list of tools is not the one that the run began with. */
  | 'changed'
  /** The configuration is not complete on this host. */
  | 'not_configured';

/** Why a server of tools could not be used; the message is ours and says nothing that the server said. */
export class ServerFault extends Error {
  readonly said: string | undefined;

  constructor(
    readonly kind: FaultKind,
    message: string,
    options: ErrorOptions & {
      /** What the server itself said of it: a stranger's text. */
      readonly said?: string;
    } = {},
  ) {
    super(message, options);
    this.said = options.said;
    this.name = 'ServerFault';
  }
}

/** Puts whatever went wrong in a dialogue into one of the kinds; what lies under the library's own words counts first. */
export function serverFault(error: unknown): ServerFault {
  const known = causesOf(error).find((cause) => cause instanceof ServerFault);
  if (known) return known;
  const cause = { cause: error };
  if (error instanceof SdkHttpError) {
    // By the protocol 404 means that the server has forgotten the dialogue; a new one may do.
    const kind = error.status === 404 ? 'ended' : 'refused';
    return new ServerFault(kind, `it answered with HTTP status ${error.status}`, cause);
  }
  if (error instanceof ProtocolError)
    return new ServerFault('refused', `it answered with the error ${error.code}`, {
      ...cause,
      said: error.message,
    });
  if (error instanceof SdkError) return sdkFault(error);
  return new ServerFault('malformed', 'what it sent is not the protocol', cause);
}

function causesOf(error: unknown, depth = 0): readonly unknown[] {
  if (!(error instanceof Error) || depth > 4) return [error];
  return [error, ...(error.cause === undefined ? [] : causesOf(error.cause, depth + 1))];
}

function sdkFault(error: SdkError): ServerFault {
  const cause = { cause: error };
  switch (error.code) {
    case SdkErrorCode.RequestTimeout:
      return new ServerFault('timeout', 'it did not answer in time', cause);
    case SdkErrorCode.ConnectionClosed:
    case SdkErrorCode.NotConnected:
    case SdkErrorCode.SendFailed:
      return new ServerFault('ended', 'its connection was lost', cause);
    default:
      return new ServerFault('malformed', 'what it sent is not the protocol', cause);
  }
}

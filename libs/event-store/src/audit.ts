import { CHAIN_START, chainHash, type ChainedEvent } from './hash-chain.ts';

/** Gives the audit what lies in the store, untouched by upcasting and caching. */
export interface AuditSource {
  /** Every stream, in the order of names. */
  readonly streams: () => Promise<readonly string[]>;
  /** Stored events behind a version, oldest first, at most `limit`. */
  readonly stored: (
    stream: string,
    options: { after: number; limit: number },
  ) => Promise<readonly ChainedEvent[]>;
}

export interface StreamAudit {
  readonly stream: string;
  /** How many versions were found to be right. */
  readonly versions: number;
  /** The hash of the last right version, in hexadecimal: what a signed head outside is compared with. */
  readonly head: string;
  readonly ok: boolean;
  /** The first thing that is wrong. */
  readonly problem?: string;
}

export interface AuditRequest {
  readonly source: AuditSource;
  /** Only this stream; all of them unless given. */
  readonly stream?: string;
  readonly signal?: AbortSignal;
}

const PAGE = 500;

/** Recomputes the hash chain of streams and looks for gaps; a stream that does not exist is right and empty. */
export async function* auditStreams(request: AuditRequest): AsyncGenerator<StreamAudit, void, undefined> {
  const streams = request.stream === undefined ? await request.source.streams() : [request.stream];
  for (const stream of streams) {
    request.signal?.throwIfAborted();
    yield await auditStream(request.source, stream);
  }
}

async function auditStream(source: AuditSource, stream: string): Promise<StreamAudit> {
  let versions = 0;
  let hash = CHAIN_START;
  for (;;) {
    const page = await source.stored(stream, { after: versions, limit: PAGE });
    for (const event of page) {
      const problem = problemOf(event, { version: versions + 1, before: hash });
      if (problem !== undefined) return { stream, versions, head: hexOf(hash), ok: false, problem };
      versions = event.version;
      hash = event.hash;
    }
    if (page.length < PAGE) return { stream, versions, head: hexOf(hash), ok: true };
  }
}

function problemOf(
  event: ChainedEvent,
  expected: { readonly version: number; readonly before: Uint8Array },
): string | undefined {
  if (event.version !== expected.version) {
    return `version ${String(expected.version)} is missing; the next is ${String(event.version)}`;
  }
  const recomputed = chainHash(expected.before, event);
  if (hexOf(recomputed) === hexOf(event.hash)) return undefined;
  return `version ${String(event.version)} (${event.type}) was changed, or something before it: its hash does not fit`;
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}

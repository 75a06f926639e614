import type { Git, GitPlace } from './git.ts';
import { bundleInvalid } from './bundle-format.ts';

export interface PackRange {
  readonly to: string;
  /** Commits the receiver has; the pack may be thin against them. */
  readonly without: readonly string[];
}

export interface PackLimits {
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

const PACK_TIMEOUT_MS = 600_000;
/** Below this a pack becomes loose objects, as Git itself does, so that packs do not pile up turn after turn. */
const UNPACK_LIMIT = 100;

/** Rejects with a `GitFault` beyond `maxBytes`. */
export function makePack(git: Git, place: GitPlace, range: PackRange, limits: PackLimits): Promise<Buffer> {
  const revisions = [range.to, ...range.without.map((sha) => `^${sha}`), ''].join('\n');
  return git.output(place, ['pack-objects', '--revs', '--stdout', '--thin', '--delta-base-offset', '-q'], {
    stdin: revisions,
    timeoutMs: PACK_TIMEOUT_MS,
    maxOutputBytes: limits.maxBytes,
    signal: limits.signal,
  });
}

/** Takes a pack's objects into a repository; refuses BUNDLE_INVALID when the pack is damaged or lacks its basis. */
export async function takePack(
  git: Git,
  place: GitPlace,
  pack: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const objects = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength).readUInt32BE(8);
  const args = objects < UNPACK_LIMIT ? ['unpack-objects', '-q'] : ['index-pack', '--stdin', '--fix-thin'];
  const result = await git.run(place, args, { stdin: pack, timeoutMs: PACK_TIMEOUT_MS, signal });
  if (result.exitCode === 0) return;
  const reason = result.stderr.trim().split('\n').at(-1) ?? '';
  throw bundleInvalid(`Git refused its pack (${reason})`);
}

/** Whether a commit and everything it reaches is here, given what is known to be complete. */
export async function isComplete(
  git: Git,
  place: GitPlace,
  range: PackRange,
  signal?: AbortSignal,
): Promise<boolean> {
  const result = await git.run(place, ['rev-list', '--objects', '--quiet', '--stdin'], {
    stdin: [range.to, ...range.without.map((sha) => `^${sha}`), ''].join('\n'),
    timeoutMs: PACK_TIMEOUT_MS,
    signal,
  });
  return result.exitCode === 0;
}

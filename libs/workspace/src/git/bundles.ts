import { DomainError } from '@missions/kernel';
import type { BundleRange } from '../bundle-range.ts';
import { bundleInvalid, formatBundle, parseBundle } from './bundle-format.ts';
import { isComplete, makePack, takePack } from './packs.ts';
import { GitFault } from './run-git.ts';
import { scanOwnWork } from './secrets.ts';
import { branchRef, requireCommit, type Store } from './store.ts';

/** A bundle any Git can fetch from. What the mission's own runs made is scanned again: it is about to leave this host. */
export async function makeBundle(
  store: Store,
  { scannedFrom, ...range }: BundleRange,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  await requireCommit(store, range.to, signal);
  if (range.from !== undefined) await requireCommit(store, range.from, signal);
  const from = scannedFrom ?? range.from;
  if (from !== undefined) {
    await requireCommit(store, from, signal);
    await scanOwnWork(store, { from, to: range.to }, signal);
  }
  return packBundle(store, range, signal);
}

/** Without the scan, for what has just been scanned. */
export async function packBundle(
  store: Store,
  range: Omit<BundleRange, 'scannedFrom'>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const without = range.from === undefined ? [] : [range.from];
  const limits = { maxBytes: store.maxBundleBytes, signal };
  try {
    const pack = await makePack(store.git, store, { to: range.to, without }, limits);
    return formatBundle({ ...range, ref: branchRef(store.missionId) }, pack);
  } catch (error) {
    if (!(error instanceof GitFault && error.stderr.startsWith('it wrote more than'))) throw error;
    throw new DomainError(
      'BUNDLE_TOO_LARGE',
      `The objects of ${range.to.slice(0, 12)} take more than ${store.maxBundleBytes} bytes.`,
      { ...range, maxBytes: store.maxBundleBytes },
    );
  }
}

export interface BundleImport {
  readonly sha: string;
  /** The bytes, or how to get them: they are not asked for when the commit is here already. */
  readonly bundle: Uint8Array | (() => Promise<Uint8Array>);
}

export async function importBundle(
  store: Store,
  { bundle, sha }: BundleImport,
  signal?: AbortSignal,
): Promise<void> {
  if ((await store.git.commitSha(store, sha, signal)) === sha && (await reaches(store, sha, signal))) return;
  const { prerequisites, pack } = parseBundle(typeof bundle === 'function' ? await bundle() : bundle);
  for (const prerequisite of prerequisites) {
    if ((await store.git.commitSha(store, prerequisite, signal)) !== undefined) continue;
    throw bundleInvalid(`it rests on commit ${prerequisite}, which is not here`, {
      sha,
      missing: prerequisite,
    });
  }
  await takePack(store.git, store, pack, signal);
  if ((await store.git.commitSha(store, sha, signal)) !== sha) {
    throw bundleInvalid(`it does not hold commit ${sha}`, { sha });
  }
  if (!(await isComplete(store.git, store, { to: sha, without: prerequisites }, signal))) {
    throw bundleInvalid(`objects of commit ${sha} are missing`, { sha });
  }
}

/** A commit object alone proves little: an import that was killed may have left it without its files. */
function reaches(store: Store, sha: string, signal?: AbortSignal): Promise<boolean> {
  return isComplete(
    store.git,
    store,
    { to: sha, without: sha === store.baseSha ? [] : [store.baseSha] },
    signal,
  );
}

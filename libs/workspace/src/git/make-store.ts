import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError, isRefusal } from '@missions/kernel';
import { EMPTY_BASE_SHA, type OpenRequest } from '../mission-repositories.ts';
import { importBundle } from './bundles.ts';
import { writeCommit } from './commits.ts';
import { remoteUnreachable, type RemoteAccess } from './inspect-remote.ts';
import { isComplete } from './packs.ts';
import { locateSource } from './source-repository.ts';
import { sourceAddress } from './source-url.ts';
import { BASE_REF, repositoryFolder, temporaryFolder, workspacesFolder, type Store } from './store.ts';
import { alternateObjects, EMPTY_TREE_SHA } from './uncommitted-changes.ts';

/**
 * Attributes of the store win over any `.gitattributes` in a commit: content goes in and out byte for byte.
 * `working-tree-encoding` can only be left unspecified; Git dies when it is unset.
 */
const EXACT_BYTES = '* -text -ident -filter -eol !working-tree-encoding\n';

/** Makes a store in one rename: whoever looks finds none, or one with its base complete. */
export async function makeStore(
  store: Store,
  request: OpenRequest,
  remote: RemoteAccess,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(store.folder), { recursive: true, mode: 0o700 });
  const folder = `${newPrefix(store.folder)}${randomUUID()}`;
  const gitDir = repositoryFolder(folder);
  const fresh = { ...store, folder, gitDir };
  try {
    for (const path of [gitDir, workspacesFolder(folder), temporaryFolder(folder)]) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }
    await initialise(fresh, signal);
    await bringBase(fresh, request, remote, signal);
    await store.git.output(fresh, ['update-ref', BASE_REF, request.baseSha], { signal });
    await rename(folder, store.folder);
  } catch (error) {
    // Another process was faster; its store is as good as ours.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as { code?: string }).code ?? '')) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const newPrefix = (folder: string): string => `${folder}.new-`;

const ABANDONED_MS = 3_600_000;

/** Deletes what killed processes left half-made; everything they do ends well within the hour. */
export async function removeAbandoned(folder: string): Promise<void> {
  const above = dirname(folder);
  const half = (await readdir(above).catch(() => []))
    .map((name) => join(above, name))
    .filter((path) => path.startsWith(newPrefix(folder)));
  const temporary = temporaryFolder(folder);
  const files = (await readdir(temporary).catch(() => [])).map((name) => join(temporary, name));
  for (const path of [...half, ...files]) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true });
  }
}

export async function initialise(
  { git, gitDir }: Pick<Store, 'git' | 'gitDir'>,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '--initial-branch=main'];
  await git.output({ gitDir }, args, { signal });
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await writeFile(join(gitDir, 'info', 'attributes'), EXACT_BYTES);
}

/** From the source if it can be reached, else from the bundles; either way the base is proven complete. */
async function bringBase(
  store: Store,
  request: OpenRequest,
  remote: RemoteAccess,
  signal?: AbortSignal,
): Promise<void> {
  if (request.baseSha === EMPTY_BASE_SHA) {
    await writeEmptyBase(store, signal);
    return;
  }
  const bundle = request.bundles?.find(({ sha }) => sha === request.baseSha);
  try {
    if (request.source === undefined) throw baseUnreachable(request);
    await bringFromSource(store, { source: request.source, remote, baseSha: request.baseSha }, signal);
    if (!(await isComplete(store.git, store, { to: request.baseSha, without: [] }, signal)))
      throw baseUnreachable(request);
  } catch (error) {
    if (bundle === undefined || !isRefusal(error)) throw error;
    await importBundle(store, { bundle: () => bundle.load(signal), sha: bundle.sha }, signal);
  }
}

async function writeEmptyBase(store: Store, signal?: AbortSignal): Promise<void> {
  await store.git.output(store, ['hash-object', '-w', '-t', 'tree', '--stdin'], { signal });
  const sha = await writeCommit(
    store,
    {
      tree: EMPTY_TREE_SHA,
      parentSha: undefined,
      message: 'Start from an empty repository\n',
      at: '1970-01-01T00:00:00.000Z',
      identity: { name: 'Missions', email: 'missions@localhost' },
    },
    signal,
  );
  if (sha !== EMPTY_BASE_SHA) throw new Error(`The empty base is ${sha}, not ${EMPTY_BASE_SHA}.`);
}

interface Bringing {
  readonly source: string;
  readonly remote: RemoteAccess;
  readonly baseSha: string;
}

async function bringFromSource(store: Store, bringing: Bringing, signal?: AbortSignal): Promise<void> {
  const address = await sourceAddress(bringing.source, bringing.remote.protocols);
  if (address.kind === 'remote') await fetchRemote(store, { ...bringing, source: address.url }, signal);
  else await copyLocal(store, { ...bringing, source: address.path }, signal);
}

const FETCH_MS = 600_000;

/** Reads the source's objects as a second object directory of ours: no Git runs in it, its configuration is not read. */
async function copyLocal(store: Store, { source, baseSha }: Bringing, signal?: AbortSignal): Promise<void> {
  const found = await locateSource(source);
  const shallow = await readFile(join(found.commonDir, 'shallow'), 'utf8').catch(() => '');
  if (shallow.trim() !== '') await writeFile(join(store.gitDir, 'shallow'), shallow);
  const packs = join(store.gitDir, 'objects', 'pack', 'pack');
  const args = ['pack-objects', '--revs', '--delta-base-offset', '-q', packs];
  const result = await store.git.run(store, args, {
    stdin: `${baseSha}\n`,
    env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateObjects(found) },
    timeoutMs: FETCH_MS,
    signal,
  });
  if (result.exitCode !== 0) throw baseUnreachable({ baseSha, source }, result.stderr);
}

async function fetchRemote(
  store: Store,
  { source, remote, baseSha }: Bringing,
  signal?: AbortSignal,
): Promise<void> {
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--'];
  const options = { protocols: remote.protocols, env: remote.environment, timeoutMs: FETCH_MS, signal };
  const exact = await store.git.run(store, [...fetch, source, baseSha], options);
  if (exact.exitCode === 0) return;
  // A server may serve only what its branches name.
  const all = await store.git.run(store, [...fetch, source, '+refs/heads/*:refs/missions/source/*'], options);
  if (all.exitCode !== 0) throw remoteUnreachable(source, all.stderr);
}

function baseUnreachable(
  { baseSha, source }: { readonly baseSha: string; readonly source?: string },
  reason = '',
): DomainError {
  const where = source === undefined ? 'no source was given' : `${source} does not hold it whole`;
  return new DomainError(
    'BASE_UNREACHABLE',
    `The base commit ${baseSha} cannot be had: ${where}${reason === '' ? '' : ` (${reason.trim()})`}.`,
    { baseSha, source },
  );
}

import type { FindCommitRequest, MissionCommit } from '../mission-repository.ts';
import { branchRef, MADE_REFS, requireCommit, type Store } from './store.ts';
import { trailersOf } from './trailers.ts';

const FORMAT = '--format=%H%n%P%n%aI%n%B';

export async function historyOf(
  store: Store,
  range: { readonly from?: string; readonly to: string },
  signal?: AbortSignal,
): Promise<readonly MissionCommit[]> {
  await requireCommit(store, range.to, signal);
  if (range.from !== undefined) await requireCommit(store, range.from, signal);
  return commitsIn(store, [range.to, ...(range.from === undefined ? [] : [`^${range.from}`])], signal);
}

/** Looks where the mission's commits can be: below the given head, or its branch and all commits made here. */
export async function findCommit(
  store: Store,
  request: FindCommitRequest,
  signal?: AbortSignal,
): Promise<MissionCommit | undefined> {
  const { feature, attempt, head } = request;
  if (head !== undefined) await requireCommit(store, head, signal);
  const starts = head === undefined ? await knownHeads(store, signal) : [head];
  if (starts.length === 0) return undefined;
  const commits = await commitsIn(store, [...starts, `^${store.baseSha}`], signal);
  const matching = commits.filter(
    ({ trailers }) =>
      trailers?.mission === store.missionId && trailers.feature === feature && trailers.attempt === attempt,
  );
  return [...matching].sort((a, b) => (b.trailers?.fence ?? 0) - (a.trailers?.fence ?? 0))[0];
}

async function knownHeads(store: Store, signal?: AbortSignal): Promise<readonly string[]> {
  const args = ['for-each-ref', '--format=%(objectname)', branchRef(store.missionId), `${MADE_REFS}/`];
  const output = await store.git.line(store, args, { signal });
  return [...new Set(output.split('\n').filter((sha) => sha !== ''))];
}

async function commitsIn(
  store: Store,
  revisions: readonly string[],
  signal?: AbortSignal,
): Promise<readonly MissionCommit[]> {
  const output = await store.git.output(store, ['log', '-z', '--topo-order', FORMAT, '--stdin'], {
    stdin: `${revisions.join('\n')}\n`,
    signal,
  });
  return output
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .map(parseCommit);
}

function parseCommit(record: string): MissionCommit {
  const [sha = '', parents = '', authoredAt = '', ...lines] = record.split('\n');
  const message = lines.join('\n').trimEnd();
  return {
    sha,
    parentShas: parents.split(' ').filter((parent) => parent !== ''),
    authoredAt: new Date(authoredAt).toISOString(),
    subject: message.split('\n')[0] ?? '',
    message,
    trailers: trailersOf(message),
  };
}

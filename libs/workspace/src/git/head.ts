import { DomainError } from '@missions/kernel';
import type { HeadMove, MoveHeadRequest } from '../mission-repository.ts';
import { readRefs, updateRefs } from './refs.ts';
import { branchOf, branchRef, FENCE_REF, requireCommit, type Store } from './store.ts';

/** How often a transaction is tried again because another writer moved the fence in between. */
const MAX_ROUNDS = 20;

/** The branch and the fence move together or not at all, so a stale token can never win a race. */
export async function moveHead(
  store: Store,
  request: MoveHeadRequest,
  signal?: AbortSignal,
): Promise<HeadMove> {
  await requireCommit(store, request.to, signal);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const moved = await tryMoveHead(store, request, signal);
    if (moved !== undefined) return moved;
  }
  throw new Error(`The head of ${store.missionId} keeps moving; gave up after ${MAX_ROUNDS} rounds.`);
}

async function tryMoveHead(
  store: Store,
  { to, expected, token }: MoveHeadRequest,
  signal?: AbortSignal,
): Promise<HeadMove | undefined> {
  const ref = branchRef(store.missionId);
  const refs = await readRefs(store, [ref, FENCE_REF], signal);
  const actual = refs.get(ref);
  const fence = await checkFence(store, { blob: refs.get(FENCE_REF), token }, signal);
  if (actual !== expected && actual !== to) {
    throw new DomainError(
      'HEAD_MOVED',
      `The head of ${store.missionId} is ${actual ?? 'not there'}, not ${expected ?? 'absent'}.`,
      { expected, actual, to },
    );
  }
  const updates = [
    { ref, to, from: actual },
    { ref: FENCE_REF, to: fence.next, from: fence.blob },
  ];
  if (!(await updateRefs(store, updates, signal))) return undefined;
  return { branch: branchOf(store.missionId), sha: to, moved: actual !== to };
}

/** Refuses STALE_TOKEN; gives the blob the fence stands at and the one it moves to. */
async function checkFence(
  store: Store,
  { blob, token }: { readonly blob: string | undefined; readonly token: number },
  signal?: AbortSignal,
): Promise<{ readonly blob: string | undefined; readonly next: string }> {
  const current = blob === undefined ? undefined : await tokenIn(store, blob, signal);
  refuseStale(store, token, current);
  if (blob !== undefined && current === token) return { blob, next: blob };
  const args = ['hash-object', '-w', '--stdin', '--no-filters'];
  return { blob, next: await store.git.line(store, args, { stdin: `${token}\n`, signal }) };
}

/** Refuses STALE_TOKEN when the store has seen a newer token. */
export async function requireFreshToken(store: Store, token: number, signal?: AbortSignal): Promise<void> {
  const blob = (await readRefs(store, [FENCE_REF], signal)).get(FENCE_REF);
  if (blob !== undefined) refuseStale(store, token, await tokenIn(store, blob, signal));
}

function refuseStale({ missionId }: Store, token: number, current: number | undefined): void {
  if (!Number.isSafeInteger(token) || token < 0) throw new Error(`${token} is no fencing token.`);
  if (current === undefined || token >= current) return;
  throw new DomainError(
    'STALE_TOKEN',
    `Token ${token} of ${missionId} is stale; the fence is at ${current}.`,
    {
      token,
      current,
    },
  );
}

async function tokenIn(store: Store, blob: string, signal?: AbortSignal): Promise<number> {
  const text = await store.git.line(store, ['cat-file', 'blob', blob], { signal });
  if (!/^\d+$/.test(text)) throw new Error(`The fence of ${store.missionId} holds no token.`);
  return Number(text);
}

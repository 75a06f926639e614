import type { BundlesView, MissionView, ReportView } from '@missions/contracts';
import { isRefusal } from '@missions/kernel';
import type { PullRequestsConfig } from '@missions/runtime';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Forge, ForgeCall, PullRequest, PullRequestDraft } from './forge.ts';
import { pullRequestText } from './pull-request-text.ts';

export interface PullRequestOrder {
  readonly mission: MissionView;
  readonly report: ReportView;
  readonly bundles: BundlesView;
  readonly config: PullRequestsConfig;
  readonly draft: boolean;
}

export interface PushOrder {
  readonly remote: string;
  readonly sha: string;
  readonly ours: readonly string[];
  readonly credentials?: { readonly username: string; readonly password: string };
}

export interface OpenPullRequestParts {
  readonly forge: Forge;
  readonly apiUrl: string;
  readonly push: (order: PushOrder) => Promise<{ readonly moved: boolean }>;
}

export interface OpenedPullRequest {
  readonly missionId: string;
  readonly url: string;
  readonly number: number;
  readonly state: PullRequest['state'];
  readonly done: 'created' | 'updated' | 'nothing';
  readonly branch: string;
  readonly base: string;
  readonly sha: string;
  readonly pushed: boolean;
}

/** What `missions pr` would send, without a word to anybody. */
export interface PullRequestPlan {
  readonly missionId: string;
  readonly provider: string;
  readonly push: { readonly branch: string; readonly sha: string; readonly remote: string };
  readonly request: ForgeCall & { readonly url: string };
}

/**
 * Pushes `missions/<id>` and opens a pull request for it, or brings the one there is up to date; a repeat does no more.
 * Never touches another branch, and none that somebody else has moved. Refuses NOT_COMPLETED unless it is a draft.
 */
export async function openPullRequest(
  order: PullRequestOrder,
  parts: OpenPullRequestParts,
): Promise<OpenedPullRequest> {
  const sha = requireDeliverable(order);
  const { forge } = parts;
  const { branch, missionId } = order.bundles;
  const repository = await forge.repository();
  const base = requireBase(order, repository.defaultBranch);
  const known = await forge.find(branch);
  if (known !== undefined && known.state !== 'open')
    return settledBefore(known, { missionId, branch, base, sha });
  const { moved } = await parts.push(pushOrder(order, parts, { sha, address: repository.url }));
  const draft = draftOf(order, forge, base);
  const { pull, done } = known ? await updated(forge, known, draft) : await created(forge, draft);
  return { missionId, ...pull, done, branch, base, sha, pushed: moved };
}

export function planPullRequest(
  order: PullRequestOrder,
  { forge, apiUrl }: OpenPullRequestParts,
): PullRequestPlan {
  const sha = requireDeliverable(order);
  const { branch, missionId } = order.bundles;
  const call = forge.preview(draftOf(order, forge, requireBase(order, undefined)));
  const remote = order.config.remote ?? `the address over HTTPS that ${forge.name} names`;
  return {
    missionId,
    provider: forge.name,
    push: { branch, sha, remote },
    request: { ...call, url: `${apiUrl}${call.path}` },
  };
}

function requireDeliverable({ mission, bundles: { headSha, missionId }, draft }: PullRequestOrder): string {
  if (headSha === undefined)
    throw new CliError(`${missionId} has no accepted commit yet.`, {
      code: 'NOTHING_COMMITTED',
      exitCode: exitCodes.notFound,
      next: `missions show ${missionId}`,
    });
  if (mission.status === 'completed' || draft) return headSha;
  throw new CliError(`${missionId} is ${mission.status}, not completed: not everything is proven.`, {
    code: 'NOT_COMPLETED',
    exitCode: exitCodes.conflict,
    next: `missions report ${missionId}, or missions pr ${missionId} --draft`,
  });
}

function requireBase(
  { config, mission, bundles: { branch } }: PullRequestOrder,
  defaultBranch: string | undefined,
): string {
  const base = config.base ?? mission.repository?.baseBranch ?? defaultBranch ?? '';
  if (base !== '' && base !== branch) return base;
  throw new CliError(
    `${branch} cannot be merged into ${base === '' ? 'nothing' : 'itself'}; name the base branch.`,
    {
      code: 'NO_BASE',
      exitCode: exitCodes.usage,
      next: 'missions pr ID --base BRANCH',
    },
  );
}

function draftOf({ report, bundles, draft }: PullRequestOrder, forge: Forge, base: string): PullRequestDraft {
  return { head: bundles.branch, base, draft, ...pullRequestText(report, forge.maxBodyCharacters) };
}

function pushOrder(
  { config, bundles }: PullRequestOrder,
  { forge, apiUrl }: OpenPullRequestParts,
  { sha, address }: { readonly sha: string; readonly address: string },
): PushOrder {
  const remote = config.remote ?? address;
  const isNamed = config.remote !== undefined;
  if (!isNamed && !isSameHost(address, apiUrl))
    throw new CliError(
      `The API names ${address} as the repository's address, which is another host than its own.`,
      {
        code: 'FORGE_ELSEWHERE',
        exitCode: exitCodes.config,
        next: 'name where to push with delivery.pullRequests.remote',
      },
    );
  const ours = [bundles.baseSha, ...bundles.bundles.map((bundle) => bundle.sha)];
  return { remote, sha, ours, ...(/^https?:/u.test(remote) && { credentials: forge.credentials }) };
}

/** `github.com` of `api.github.com`: the token goes to the forge that it is for. */
function isSameHost(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const there = new URL(address);
  const api = new URL(apiUrl);
  return there.protocol === api.protocol && [there.host, `api.${there.host}`].includes(api.host);
}

/** What was merged or closed is a person's decision; it is told, and not undone. */
function settledBefore(
  known: PullRequest,
  about: Pick<OpenedPullRequest, 'missionId' | 'branch' | 'base' | 'sha'>,
): OpenedPullRequest {
  if (known.state === 'merged') return { ...about, ...known, done: 'nothing', pushed: false };
  throw new CliError(`${known.url} was closed by somebody; it stays closed.`, {
    code: 'PULL_REQUEST_CLOSED',
    exitCode: exitCodes.conflict,
    next: `open it again at ${known.url}, then run the same command`,
  });
}

interface Outcome {
  readonly pull: PullRequest;
  readonly done: 'created' | 'updated';
}

async function updated(forge: Forge, { number }: PullRequest, draft: PullRequestDraft): Promise<Outcome> {
  return { pull: await forge.update(number, draft), done: 'updated' };
}

/** An answer that was lost, or another process that was faster: either way it is there now. */
async function created(forge: Forge, draft: PullRequestDraft): Promise<Outcome> {
  try {
    return { pull: await forge.create(draft), done: 'created' };
  } catch (error) {
    if (!(error instanceof CliError) || !['FORGE_EXISTS', 'FORGE_UNAVAILABLE'].includes(error.code))
      throw error;
    const known = await forge.find(draft.head);
    if (known?.state !== 'open') throw error;
    return updated(forge, known, draft);
  }
}

/** A refusal of Git, with what to do about it. */
export function pushFailure(error: unknown, missionId: string): unknown {
  if (!isRefusal(error)) return error;
  const next: Readonly<Record<string, string>> = {
    BRANCH_MOVED: `look at the branch missions/${missionId} there; delete it, then run the same command`,
    BASE_UNREACHABLE: `missions pr ${missionId} --repo PATH (a clone that has the base commit)`,
    PUSH_REFUSED: 'see what the server said; its rules may not allow the branch',
  };
  const exitCode = error.code === 'BRANCH_MOVED' ? exitCodes.conflict : exitCodes.error;
  return new CliError(error.message, { code: error.code, exitCode, next: next[error.code], cause: error });
}

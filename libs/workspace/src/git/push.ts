import { DomainError } from '@missions/kernel';
import type { Delivery, PushRequest } from '../mission-repository.ts';
import { remoteUnreachable } from './inspect-remote.ts';
import { scanOwnWork } from './secrets.ts';
import { branchOf, branchRef, requireCommit, type Store } from './store.ts';

const ASK_TIMEOUT_MS = 60_000;
const PUSH_TIMEOUT_MS = 10 * 60_000;

/** Creates or moves `missions/<id>` in a repository elsewhere, and nothing else there: one ref, by compare-and-set. */
export async function pushBranch(
  store: Store,
  request: PushRequest,
  signal?: AbortSignal,
): Promise<Delivery> {
  const { sha, remote, ours } = request;
  const branch = branchOf(store.missionId);
  await requireCommit(store, sha, signal);
  await scanOwnWork(store, { from: store.baseSha, to: sha }, signal);
  const way = wayTo(request);
  const actual = await branchThere(store, way, signal);
  if (actual === sha) return { branch, sha, moved: false };
  if (actual !== undefined && !ours.includes(actual)) throw foreign(branch, remote, actual);
  const ref = branchRef(store.missionId);
  const lease = `--force-with-lease=${ref}:${actual ?? ''}`;
  const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no', lease];
  const result = await store.git.run(store, [...args, '--', way.url, `${sha}:${ref}`], {
    protocols: way.protocols,
    env: way.env,
    timeoutMs: PUSH_TIMEOUT_MS,
    signal,
  });
  if (result.exitCode === 0) return { branch, sha, moved: true };
  const said = `${result.stdout.toString('utf8')}\n${result.stderr}`;
  if (/\(stale info\)|\(fetch first\)/u.test(said)) throw foreign(branch, remote, undefined);
  throw new DomainError('PUSH_REFUSED', `${remote} did not take ${branch}: ${lastLines(said)}`, {
    branch,
    remote,
  });
}

interface Way {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Plain HTTP is for a server on this machine; credentials go to this one server and follow no redirect. */
function wayTo({ remote, credentials, environment = {} }: PushRequest): Way {
  const protocol = protocolOf(remote);
  const allowed = protocol === 'http' ? isLoopback(remote) : ['https', 'ssh', 'file'].includes(protocol);
  if (!allowed)
    throw new DomainError('UNSUPPORTED_URL', `Nothing is pushed over "${protocol}" to ${remote}.`, {
      protocol,
    });
  const settings: readonly (readonly [string, string])[] = [
    ['http.followRedirects', 'false'],
    ...(credentials && protocol.startsWith('http')
      ? [[`http.${new URL(remote).origin}/.extraHeader`, basicHeader(credentials)] as const]
      : []),
  ];
  const variables = settings.flatMap(([key, value], index): [string, string][] => [
    [`GIT_CONFIG_KEY_${String(index)}`, key],
    [`GIT_CONFIG_VALUE_${String(index)}`, value],
  ]);
  const env = { ...environment, GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(variables) };
  return { url: remote, protocols: [protocol], env };
}

function basicHeader({ username, password }: NonNullable<PushRequest['credentials']>): string {
  return `Authorization: Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function protocolOf(remote: string): string {
  const named = /^([a-z][a-z0-9+.-]*)(?:::|:\/\/)/iu.exec(remote)?.[1];
  if (named !== undefined) return named.toLowerCase();
  return /^[\w.-]+@[\w.-]+:(?!\/\/)/u.test(remote) ? 'ssh' : 'file';
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

async function branchThere(store: Store, way: Way, signal?: AbortSignal): Promise<string | undefined> {
  const ref = branchRef(store.missionId);
  const result = await store.git.run(store, ['ls-remote', '--', way.url, ref], {
    protocols: way.protocols,
    env: way.env,
    timeoutMs: ASK_TIMEOUT_MS,
    signal,
  });
  if (result.exitCode !== 0) throw remoteUnreachable(way.url, result.stderr);
  const line = result.stdout
    .toString('utf8')
    .split('\n')
    .find((one) => one.endsWith(`\t${ref}`));
  return line?.slice(0, 40);
}

function foreign(branch: string, remote: string, actual: string | undefined): DomainError {
  return new DomainError(
    'BRANCH_MOVED',
    `${branch} in ${remote} is at ${actual ?? 'a commit'} that is none of the mission’s; it stays where it is.`,
    { branch, actual },
  );
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' ').slice(-1000);
}

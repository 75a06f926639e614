import { resolve } from 'node:path';
import type { BundlesView } from '@missions/contracts';
import { delay } from '@missions/kernel';
import type { PullRequestsConfig } from '@missions/runtime';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Forge, ForgeOptions } from '../forge/forge.ts';
import type { OpenedPullRequest, PushOrder } from '../forge/open-pull-request.ts';
import type { Session } from '../session.ts';
import { shortSha } from '../terminal/table.ts';
import { plain } from '../terminal/terminal.ts';

interface PullRequestOptions {
  readonly draft?: boolean;
  readonly dryRun?: boolean;
  readonly base?: string;
  readonly repo?: string;
  readonly config?: string;
}

export function registerPullRequest(program: Command, actions: CommandActions): void {
  program
    .command('pr')
    .description('push the mission’s branch and open a pull request, or bring the one there is up to date')
    .argument('<id>')
    .option('--draft', 'as a draft; also for a mission that is not completed')
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--base <branch>', 'merge into this branch')
    .option(
      '--repo <path>',
      'a repository that has the base commit; the one the mission was started for unless given',
    )
    .option('--config <file>', 'instead of missions.config.yaml here')
    .action(
      actions.handle<PullRequestOptions>(async (session, id = '') => {
        const { terminal, options } = session;
        const configured = await pullRequestsConfig(session);
        const config = options.base === undefined ? configured : { ...configured, base: options.base };
        const { api } = session;
        const params = { id };
        const mission = await api.get('GET /v1/missions/:id', { params });
        const bundles = await api.get('GET /v1/missions/:id/bundles', { params });
        const report = await api.get('GET /v1/missions/:id/report', { params });
        const order = { mission, bundles, report, config, draft: options.draft === true };
        const { openPullRequest, planPullRequest } = await import('../forge/open-pull-request.ts');
        const { forge, apiUrl } = await forgeOf(session, config, options.dryRun === true);
        const parts = { forge, apiUrl, push: (push: PushOrder) => pushed(session, bundles, push) };
        if (options.dryRun === true) {
          const plan = planPullRequest(order, parts);
          terminal.answer(plan, () => [plain(JSON.stringify(plan, undefined, 2))]);
          return;
        }
        const opened = await openPullRequest(order, parts);
        terminal.answer(opened, () => openedLines(opened));
      }),
    );
}

/** Off by default; whoever is refused is told what to write where. */
async function pullRequestsConfig({
  host,
  options,
}: Session<PullRequestOptions>): Promise<PullRequestsConfig> {
  const { loadConfig } = await import('@missions/runtime');
  const { config: file } = options;
  const { config } = await loadConfig({ env: host.env, cwd: host.cwd, ...(file !== undefined && { file }) });
  const { pullRequests } = config.delivery;
  if (pullRequests.enabled) return pullRequests;
  throw new CliError(
    [
      'Pull requests are off. To turn them on, add to missions.config.yaml:',
      'delivery:',
      '  pullRequests:',
      '    enabled: true',
      '    provider: github        # or gitlab',
      '    repository: OWNER/NAME',
      '    tokenEnv: GITHUB_TOKEN  # the variable that holds the token, never the token itself',
    ].join('\n'),
    {
      code: 'PULL_REQUESTS_OFF',
      exitCode: exitCodes.config,
      next: 'missions config show --origin',
    },
  );
}

const publicApi = { github: 'https://api.github.com', gitlab: 'https://gitlab.com/api/v4' } as const;

async function forgeOf(
  { host, signal }: Session<PullRequestOptions>,
  { provider = 'github', apiUrl = publicApi[provider], repository = '', tokenEnv = '' }: PullRequestsConfig,
  isDry: boolean,
): Promise<{ readonly forge: Forge; readonly apiUrl: string }> {
  const token = host.env[tokenEnv]?.trim() ?? '';
  if (token === '' && !isDry)
    throw new CliError(`The variable ${tokenEnv} holds no token.`, {
      code: 'FORGE_TOKEN_MISSING',
      exitCode: exitCodes.auth,
      next: `export ${tokenEnv}=…`,
    });
  const options: ForgeOptions = { apiUrl, repository, token, signal, pause: delay };
  if (provider === 'gitlab') {
    const { GitLab } = await import('../forge/gitlab.ts');
    return { forge: new GitLab(options), apiUrl };
  }
  const { GitHub } = await import('../forge/github.ts');
  return { forge: new GitHub(options), apiUrl };
}

async function pushed(
  { api, host, options, signal, terminal }: Session<PullRequestOptions>,
  { missionId, baseSha, repository, bundles }: BundlesView,
  push: PushOrder,
): Promise<{ readonly moved: boolean }> {
  const [{ pushBranch }, { pushFailure }] = await Promise.all([
    import('../wiring/push-branch.ts'),
    import('../forge/open-pull-request.ts'),
  ]);
  terminal.progress(`pushing missions/${missionId}`);
  const source = options.repo === undefined ? repository : resolve(host.cwd, options.repo);
  const stored = bundles.map(({ sha, digest }) => ({
    sha,
    load: () => api.bytes('GET /v1/artifacts/:digest', { params: { digest } }),
  }));
  const agent = host.env['SSH_AUTH_SOCK'];
  const environment: Readonly<Record<string, string>> = agent === undefined ? {} : { SSH_AUTH_SOCK: agent };
  try {
    return await pushBranch({ missionId, baseSha, source, bundles: stored, ...push }, environment, signal);
  } catch (error) {
    throw pushFailure(error, missionId);
  }
}

function openedLines({
  url,
  done,
  state,
  branch,
  base,
  sha,
  pushed: moved,
}: OpenedPullRequest): readonly string[] {
  const words = { created: 'opened', updated: 'brought up to date', nothing: `${state} already` };
  return [
    url,
    `${words[done]}: ${branch} at ${shortSha(sha)}${moved ? '' : ' (it was there already)'} into ${base}`,
  ];
}

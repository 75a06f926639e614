import { resolve } from 'node:path';
import type { BundlesView } from '@missions/contracts';
import { isRefusal } from '@missions/kernel';
import type { Delivery, DeliverRequest } from '@missions/workspace';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { shortSha } from '../terminal/table.ts';
import { plain } from '../terminal/terminal.ts';

export function registerDelivery(program: Command, actions: CommandActions): void {
  registerDiff(program, actions);
  program
    .command('fetch')
    .description('bring the branch missions/<id> into your local repository')
    .argument('<id>')
    .option('--repo <path>', 'the repository; the one the mission was started for unless given')
    .action(
      actions.handle<{ repo?: string }>(async (session, id = '') => {
        const delivery = await fetchBranch(session, id);
        session.terminal.answer({ missionId: id, ...delivery }, () => [
          `${delivery.branch} is at ${shortSha(delivery.sha)}${delivery.moved ? '' : ' (it was there already)'}`,
        ]);
      }),
    );
}

function registerDiff(program: Command, actions: CommandActions): void {
  program
    .command('diff')
    .description('what the mission changed, as a patch')
    .argument('<id>')
    .option('--feature <feature>', 'only what this feature changed')
    .action(
      actions.handle<{ feature?: string }>(async ({ api, terminal, options: { feature } }, id = '') => {
        const diff = await api.get('GET /v1/missions/:id/diff', { params: { id }, query: { feature } });
        if (diff.truncated)
          terminal.say('The patch is longer than what is shown; missions fetch brings all of it.');
        terminal.answer(diff, () => [plain(diff.patch).trimEnd()]);
      }),
    );
}

async function fetchBranch(session: Session<{ repo?: string }>, id: string): Promise<Delivery> {
  const { api, options, host } = session;
  const view = await api.get('GET /v1/missions/:id/bundles', { params: { id } });
  const { headSha } = view;
  if (headSha === undefined)
    throw new CliError(`${id} has no accepted commit yet.`, {
      code: 'NOTHING_COMMITTED',
      exitCode: exitCodes.notFound,
      next: `missions show ${id}`,
    });
  const sourcePath = options.repo === undefined ? localRepository(view) : resolve(host.cwd, options.repo);
  const bundles: Uint8Array[] = [];
  for (const { digest, featureId } of view.bundles) {
    session.terminal.progress(`fetching ${featureId}`);
    bundles.push(await api.bytes('GET /v1/artifacts/:digest', { params: { digest } }));
  }
  return deliver(session, view, { missionId: id, sourcePath, sha: headSha, expected: undefined, bundles });
}

/** The branch may be there from an earlier fetch: it is moved on if it stands where the mission once was. */
async function deliver(
  { stateDir, signal }: Session<{ repo?: string }>,
  view: BundlesView,
  request: DeliverRequest,
): Promise<Delivery> {
  const { deliverBranch } = await import('../wiring/deliver-branch.ts');
  try {
    return await deliverBranch(stateDir, request, signal);
  } catch (error) {
    const actual: unknown =
      isRefusal(error) && error.code === 'BRANCH_MOVED' ? error.evidence['actual'] : undefined;
    const isOurs = actual === view.baseSha || view.bundles.some(({ sha }) => sha === actual);
    if (typeof actual !== 'string' || !isOurs) throw error;
    return deliverBranch(stateDir, { ...request, expected: actual }, signal);
  }
}

function localRepository({ kind, repository }: BundlesView): string {
  if (kind === 'local') return repository;
  throw new CliError(`The mission works on ${repository}, which is not on this machine.`, {
    code: 'NOT_LOCAL',
    exitCode: exitCodes.usage,
    next: 'missions fetch ID --repo PATH (a clone of it)',
  });
}

import { createRedactor } from '@missions/kernel';
import type { Delivery, DeliverRequest } from '@missions/workspace';
import { GitMissionRepositories } from '@missions/workspace/git';

/** Brings a mission's branch into a person's repository from its bundles. */
export function deliverBranch(
  stateDir: string,
  request: DeliverRequest,
  signal: AbortSignal,
): Promise<Delivery> {
  const redactor = createRedactor({ secrets: [] });
  const repositories = new GitMissionRepositories({ stateDir, scan: (_path, text) => redactor.finds(text) });
  return repositories.deliver(request, signal);
}

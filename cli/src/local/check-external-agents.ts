import { installedTool } from '@missions/local';
import { isExternalAgent, resolveChoice, type ExternalAgentProvider } from '@missions/models';
import type { MissionsConfig } from '@missions/runtime';
import { missingInSandbox } from '../wiring/missing-in-sandbox.ts';
import type { Check, Examination } from './check.ts';

/** Whether the programs that run whole runs are where the sandbox can see them. */
export async function checkExternalAgents(
  config: MissionsConfig,
  given: Pick<Examination, 'stateDir' | 'signal'>,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const [name, agent] of usedAgents(config)) checks.push(await checkAgent(name, agent, given));
  return checks;
}

function usedAgents({ models, providers }: MissionsConfig): ReadonlyMap<string, ExternalAgentProvider> {
  const used = new Map<string, ExternalAgentProvider>();
  for (const choice of Object.values(models)) {
    if (choice === undefined) continue;
    const { name, provider } = resolveChoice(choice.use, providers);
    if (isExternalAgent(provider)) used.set(name, provider);
  }
  return used;
}

async function checkAgent(
  provider: string,
  agent: ExternalAgentProvider,
  { stateDir, signal }: Pick<Examination, 'stateDir' | 'signal'>,
): Promise<Check> {
  const name = `agent ${provider}`;
  const line = agent.command.join(' ');
  const bwrap = installedTool('bwrap', { stateDir });
  if (bwrap === undefined)
    return { name, ok: false, optional: true, detail: `${line}: not tried, bwrap is missing` };
  try {
    const missing = await missingInSandbox({ stateDir, bwrap }, agent, signal);
    if (missing.length === 0) return { name, ok: true, optional: false, detail: line };
    const detail = `the sandbox does not see ${missing.join(', ')}`;
    const fix = `install it below /usr, or mount its folder: providers.${provider}.mounts`;
    return { name, ok: false, optional: false, detail, fix };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, ok: false, optional: false, detail };
  }
}

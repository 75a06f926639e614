import { isExternalAgent, resolveChoice, type ExternalAgentProvider } from '@missions/models';
import type { MissionsConfig } from '@missions/runtime';
import { missingInSandbox } from '../wiring/missing-in-sandbox.ts';
import { sandboxPlace } from './check-sandbox.ts';
import type { Check, Examination } from './check.ts';

type Looked = Pick<Examination, 'stateDir' | 'env' | 'signal'>;

/** Whether the programs that run whole runs are where the sandbox can see them. */
export async function checkExternalAgents(config: MissionsConfig, given: Looked): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const [name, agent] of usedAgents(config))
    checks.push(await checkAgent({ name, agent, sandbox: config.sandbox }, given));
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

interface Asked {
  readonly name: string;
  readonly agent: ExternalAgentProvider;
  readonly sandbox: MissionsConfig['sandbox'];
}

async function checkAgent({ name: provider, agent, sandbox }: Asked, given: Looked): Promise<Check> {
  const name = `agent ${provider}`;
  const line = agent.command.join(' ');
  const place = sandboxPlace(given, sandbox);
  if (place === undefined)
    return { name, ok: false, optional: true, detail: `${line}: not tried, bwrap is missing` };
  try {
    const missing = await missingInSandbox(place, agent, given.signal);
    if (missing.length === 0) return { name, ok: true, optional: false, detail: line };
    const detail = `the sandbox does not see ${missing.join(', ')}`;
    const fix = `install it below /usr, or mount its folder: providers.${provider}.mounts`;
    return { name, ok: false, optional: false, detail, fix };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, ok: false, optional: false, detail };
  }
}

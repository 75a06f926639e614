import { stackStatus, type StackStatus } from '@missions/local';
import { askReadiness, type ServiceReadiness } from '../stack/ask-readiness.ts';
import { readEndpoint, type Endpoint } from '../stack/endpoint.ts';

/** One process of a service, asked itself: it may live and yet not answer. */
export interface ServiceReport extends ServiceReadiness {
  readonly name: string;
  /** Where its health and measures are. */
  readonly url: string;
  readonly logFile: string;
}

export interface StackReport extends StackStatus {
  readonly stateDir: string;
  readonly apiUrl?: string;
  readonly apiReady: boolean;
  /** Empty until all were ready once. */
  readonly services: readonly ServiceReport[];
}

/** What of the stack runs, process by process, and whether the API and each service take work. */
export async function stackReport(stateDir: string, signal: AbortSignal): Promise<StackReport> {
  const status = stackStatus(stateDir);
  const endpoint = readEndpoint(stateDir);
  if (endpoint === undefined) return { stateDir, ...status, apiReady: false, services: [] };
  const { apiUrl } = endpoint;
  const [api, services] = await Promise.all([askReadiness(apiUrl, signal), askServices(endpoint, signal)]);
  const isSilent = status.state === 'running' && services.some(({ ready }) => !ready);
  const state = isSilent ? 'degraded' : status.state;
  return { stateDir, ...status, state, apiUrl, apiReady: api.ready, services };
}

/** Asked all at once, so that several who are silent take no longer than one. */
function askServices({ services }: Endpoint, signal: AbortSignal): Promise<readonly ServiceReport[]> {
  return Promise.all(services.map(async (one) => ({ ...one, ...(await askReadiness(one.url, signal)) })));
}

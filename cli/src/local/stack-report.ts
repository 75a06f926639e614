import { stackStatus, type StackStatus } from '@missions/local';
import { readEndpoint } from '../stack/endpoint.ts';
import { isReady } from '../stack/until-ready.ts';

export interface StackReport extends StackStatus {
  readonly stateDir: string;
  readonly apiUrl?: string;
  readonly apiReady: boolean;
}

/** What of the stack runs, process by process, and whether the API takes work. */
export async function stackReport(stateDir: string, signal: AbortSignal): Promise<StackReport> {
  const status = stackStatus(stateDir);
  const endpoint = readEndpoint(stateDir);
  const apiReady = endpoint !== undefined && (await isReady(endpoint.apiUrl, signal));
  return { stateDir, ...status, ...(endpoint && { apiUrl: endpoint.apiUrl }), apiReady };
}

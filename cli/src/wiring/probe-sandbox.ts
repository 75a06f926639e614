import type { ProbeReport } from '@missions/workspace';
import { configuredSandbox, type SandboxPlace } from './configured-sandbox.ts';

/** Starts a sandbox around canaries, as the services will, and says what held. */
export async function probeSandbox(place: SandboxPlace, signal: AbortSignal): Promise<ProbeReport> {
  const provider = await configuredSandbox(place);
  return provider.probe(signal);
}

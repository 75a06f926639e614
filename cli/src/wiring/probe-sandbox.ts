import type { ProbeReport } from '@missions/workspace';
import { BubblewrapProvider, prepareToolchain } from '@missions/workspace/sandbox';

/** Starts a sandbox around canaries, as the services will, and says what held. */
export async function probeSandbox(
  place: { readonly stateDir: string; readonly bwrap: string },
  signal: AbortSignal,
): Promise<ProbeReport> {
  const toolchain = await prepareToolchain(place.stateDir);
  return new BubblewrapProvider({ ...place, toolchain }).probe(signal);
}

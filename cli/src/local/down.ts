import { stackStatus, stopStack } from '@missions/local';
import type { Session } from '../session.ts';
import { forgetEndpoint } from '../stack/endpoint.ts';

/** Ends the supervisor, then the servers: exactly the processes that were started, from any process, after any death. */
export async function down({ stateDir, terminal }: Session): Promise<readonly string[]> {
  if (stackStatus(stateDir).processes.some(({ alive }) => alive)) terminal.progress('stopping');
  const stopped = await stopStack(stateDir);
  forgetEndpoint(stateDir);
  return stopped;
}

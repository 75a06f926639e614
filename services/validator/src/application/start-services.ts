import { delay } from '@missions/kernel';
import type { ProductService } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';

const readyLimitMs = 60_000;
const pauseMs = 100;

/**
 * Starts the product for a user tester, service by service. One that does not come up is left as it is: seeing that it
 * does not answer is the tester's business, not a fault of the run.
 */
export async function startServices(
  session: SandboxSession,
  services: readonly ProductService[],
  signal: AbortSignal,
): Promise<void> {
  for (const service of services) {
    const process = await session.start({ command: service.start });
    const url =
      service.health ??
      (service.port === undefined ? undefined : `http://127.0.0.1:${String(service.port)}/`);
    const deadline = performance.now() + readyLimitMs;
    while (url !== undefined && process.alive() && performance.now() < deadline) {
      if (await answers(session, url, signal)) break;
      await delay(pauseMs, signal);
    }
  }
}

async function answers(session: SandboxSession, url: string, signal: AbortSignal): Promise<boolean> {
  try {
    await session.http({ method: 'GET', url, timeoutMs: 2_000, signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

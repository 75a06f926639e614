import { delay, type Redactor } from '@missions/kernel';
import type { ProductService } from '@missions/mission';
import type { BackgroundProcess, SandboxSession } from '@missions/workspace';

const readyLimitMs = 60_000;
const pauseMs = 100;
const shownOutput = 1_000;

/**
 * Starts the product for a user tester, service by service, and says of each how it came up. One that does not is left as it
 * is: seeing that it does not answer is the tester's business, not a fault of the run.
 */
export async function startServices(
  session: SandboxSession,
  services: readonly ProductService[],
  { redactor, signal }: { readonly redactor: Pick<Redactor, 'redact'>; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const service of services) {
    const process = await session.start({ command: service.start });
    const came = await comesUp(session, service, { process, signal });
    lines.push(redactor.redact(`${service.name}, started by \`${service.start}\`: ${came}`));
  }
  return lines;
}

async function comesUp(
  session: SandboxSession,
  { health, port }: ProductService,
  { process, signal }: { readonly process: BackgroundProcess; readonly signal: AbortSignal },
): Promise<string> {
  const url = health ?? (port === undefined ? undefined : `http://127.0.0.1:${String(port)}/`);
  if (url === undefined) return 'nothing says when it is up.';
  const deadline = performance.now() + readyLimitMs;
  let seen = 'it does not answer';
  while (process.alive() && performance.now() < deadline) {
    const status = await statusOf(session, url, signal);
    if (status !== undefined && (health === undefined || status < 400)) return `it answers at ${url}.`;
    seen = status === undefined ? seen : `it answers ${String(status)}`;
    await delay(pauseMs, signal);
  }
  const said = process.output().trim().slice(-shownOutput).toWellFormed();
  const end = process.alive()
    ? `${seen} at ${url} after ${String(readyLimitMs / 1_000)} s`
    : `it ended with exit code ${String((await process.ended).exitCode)} before ${url} answered`;
  return said === '' ? `${end}.` : `${end}. It said:\n${said}`;
}

async function statusOf(
  session: SandboxSession,
  url: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return (await session.http({ method: 'GET', url, timeoutMs: 2_000, signal })).status;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

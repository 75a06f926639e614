import { DomainError } from '@missions/kernel';
import type { HttpRequest, HttpResult, SandboxLimits } from '../sandbox.ts';
import { CommandRun } from './command-run.ts';
import { engineProcesses, type Confinement } from './confinement.ts';

/** Time for the probe's own process to start and end, beside the request's time. */
const startAllowanceMs = 5_000;

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly base64?: string;
  readonly truncated?: boolean;
  readonly durationMs?: number;
  readonly reason?: string;
}

/** One request by a process of its own, which shares the session's network and nothing else with the measured code. */
export async function probeHttp(
  confinement: Confinement,
  limits: SandboxLimits,
  request: HttpRequest,
): Promise<HttpResult> {
  requireHttpUrl(request.url);
  const { node, scripts } = confinement.paths;
  const launched = await confinement.launch({
    argv: [node, `${scripts}/http-probe.js`],
    cwd: '/',
    env: {},
    stdin: Buffer.from(JSON.stringify(wanted(request, limits))),
    view: 'network',
    processes: limits.processes + engineProcesses,
  });
  const run = new CommandRun(launched, {
    outputBytes: limits.outputBytes * 4 + 65_536,
    timeoutMs: request.timeoutMs + startAllowanceMs,
    signal: request.signal,
    onOutput: undefined,
  });
  const { stdout, stderr, killedBy } = await run.result;
  return resultOf(request, parse(stdout, killedBy ?? stderr.trim()));
}

function wanted(
  { method, url, headers = {}, body = '', timeoutMs }: HttpRequest,
  limits: SandboxLimits,
): object {
  const base64 = Buffer.from(body).toString('base64');
  return { method: method.toUpperCase(), url, headers, base64, timeoutMs, bodyBytes: limits.outputBytes };
}

function parse(stdout: string, otherwise: string): Reply {
  try {
    return JSON.parse(stdout) as Reply;
  } catch {
    return { reason: otherwise };
  }
}

function resultOf({ method, url }: HttpRequest, reply: Reply): HttpResult {
  const {
    status,
    headers = {},
    base64 = '',
    truncated = false,
    durationMs = 0,
    reason = 'no answer',
  } = reply;
  if (status === undefined)
    throw new DomainError('HTTP_NO_ANSWER', `${method} ${url} was not answered: ${reason}.`, { url, reason });
  return { status, headers, body: Buffer.from(base64, 'base64'), truncated, durationMs };
}

function requireHttpUrl(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new DomainError('HTTP_URL', `${url} is not an http or https address.`, { url });
}

import type { RedactedOutput } from '@missions/agent-tools';
import { delay, isRefusal } from '@missions/kernel';
import type { ProductService } from '@missions/mission';
import type { BackgroundProcess } from '@missions/workspace';
import type { ProofExecution } from './proof-execution.ts';

interface StartedService {
  readonly service: ProductService;
  readonly process: BackgroundProcess;
  readonly output: RedactedOutput;
}

/** The product's services, started from the plan in its order and driven from outside. */
export class ProductServices {
  private readonly started: StartedService[] = [];

  constructor(private readonly execution: ProofExecution) {}

  /** Starts each when the one before it is ready; says why when one does not come up within the proof's time. */
  async start(): Promise<string | undefined> {
    for (const service of this.execution.services) {
      const output = this.execution.output();
      const process = await this.execution.session.start({ command: service.start, onOutput: output.push });
      this.started.push({ service, process, output });
      const problem = await this.awaitReady(service, process);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** A service that was to stay up and has ended, in words. */
  async ended(): Promise<string | undefined> {
    for (const { service, process } of this.started) {
      if (process.alive() || readyUrl(service, this.execution) === undefined) continue;
      const { exitCode } = await process.ended;
      return `the service ${service.name} ended with exit code ${String(exitCode)} while it was driven`;
    }
    return undefined;
  }

  /** Stops all and keeps what they said as evidence. */
  async stop(): Promise<void> {
    for (const { service, process, output } of this.started) {
      const endedByItself = !process.alive();
      const { exitCode } = await process.stop();
      const { both } = output.end();
      const end = endedByItself ? `exit code ${String(exitCode)}` : 'running until the proof was over';
      await this.execution.keep(
        `$ ${service.start}\n${end}\n${both}${await this.logFile(service)}`,
        'text/plain',
        { kind: 'service_log', command: service.start },
      );
      if (endedByItself) this.execution.ends.push({ exitCode, output: both });
    }
  }

  private async awaitReady(service: ProductService, process: BackgroundProcess): Promise<string | undefined> {
    const url = readyUrl(service, this.execution);
    if (url === undefined) return undefined;
    const { execution } = this;
    for (let pauseMs = 50; ; pauseMs = Math.min(500, pauseMs * 2)) {
      const seen = await this.probe(url, service.health !== undefined);
      execution.signal.throwIfAborted();
      if (seen === 'ready') return undefined;
      if (!process.alive()) {
        const { exitCode } = await process.ended;
        return `the service ${service.name} ended with exit code ${String(exitCode)} before ${url} answered`;
      }
      if (execution.leftMs === 0)
        return `the service ${service.name} did not come up in ${execution.assertion.proof.timeoutSec} s: ${seen}`;
      await delay(Math.min(pauseMs, execution.leftMs), execution.signal);
    }
  }

  /** A health address has to say that all is well; a port only has to answer. */
  private async probe(url: string, isHealth: boolean): Promise<string> {
    const { session, leftMs, signal } = this.execution;
    try {
      const { status } = await session.http({
        method: 'GET',
        url,
        timeoutMs: Math.max(1, Math.min(5_000, leftMs)),
        signal,
      });
      return !isHealth || status < 400 ? 'ready' : `${url} answered ${status}`;
    } catch (error) {
      if (isRefusal(error) && error.code === 'HTTP_NO_ANSWER') return error.message;
      throw error;
    }
  }

  private async logFile({ logs }: ProductService): Promise<string> {
    if (logs === undefined) return '';
    const { session } = this.execution;
    const { bytes } = await session.files
      .readFile(logs, { limit: 256 * 1024 })
      .catch(() => ({ bytes: new Uint8Array() }));
    return bytes.length === 0
      ? ''
      : this.execution.redact(`\n--- ${logs}\n${Buffer.from(bytes).toString('utf8')}`);
  }
}

/** Where it is seen that a service is up; an only service that names no address is asked where the proof asks first. */
function readyUrl(
  { health, port }: ProductService,
  { services, assertion }: ProofExecution,
): string | undefined {
  if (health !== undefined) return health;
  if (port !== undefined) return `http://127.0.0.1:${port}/`;
  const first = assertion.proof.steps.flatMap((step) => ('url' in step ? (step.url ?? []) : []))[0];
  return services.length === 1 && first !== undefined ? new URL('/', first).href : undefined;
}

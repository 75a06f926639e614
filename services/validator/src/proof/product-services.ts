import { delay, isRefusal } from '@missions/kernel';
import type { ProductService } from '@missions/mission';
import type { Checked } from './check-expectation.ts';
import type { ProofExecution } from './proof-execution.ts';
import { ServiceProcess } from './service-process.ts';

const probeLimitMs = 5_000;
const endLimitMs = 2_000;

/**
 * Starts the product, drives it and stops it. What was driven decides only if the product is sound: a service that does not
 * come up, falls over, does not stop, or whose address is answered by something else, is told instead.
 */
export async function driveProduct(
  execution: ProofExecution,
  drive: () => Promise<Checked>,
): Promise<Checked> {
  const services = new ProductServices(execution);
  let sound = false;
  try {
    const problem = await services.start();
    if (problem !== undefined) return { ok: false, observed: problem, expected: 'the services come up' };
    const driven = withProblem(await drive(), await services.ended());
    sound = driven.ok;
    return sound ? withProblem(driven, await services.stop()) : driven;
  } finally {
    if (!sound && !execution.signal.aborted) await services.kill();
  }
}

function withProblem(checked: Checked, problem: string | undefined): Checked {
  if (problem === undefined) return checked;
  return { ...checked, ok: false, observed: `${checked.observed}\n${problem}` };
}

/** The product's services, started from the plan in its order and driven from outside. */
class ProductServices {
  private readonly started: ServiceProcess[] = [];

  constructor(private readonly execution: ProofExecution) {}

  /** Starts each when the one before it is ready; says why when one does not come up within the proof's time. */
  async start(): Promise<string | undefined> {
    for (const service of this.execution.services) {
      const url = readyUrl(service, this.execution);
      if (url !== undefined && (await this.probe(url, service)) === 'ready')
        return `something answers ${url} before the service ${service.name} is started: its address is taken`;
      const process = await ServiceProcess.start(service, this.execution);
      this.started.push(process);
      const problem = url === undefined ? undefined : await this.awaitReady(process, url);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** A service that is not there any more after the product was driven, or a job that has failed, in words. */
  async ended(): Promise<string | undefined> {
    for (const process of this.started) {
      const problem = await this.endOf(process);
      if (problem !== undefined) return `the service ${process.service.name} ${problem}`;
    }
    return undefined;
  }

  /** Asks each to stop, the last one first; says which does not, or whose address is answered without it. */
  async stop(): Promise<string | undefined> {
    const problems: string[] = [];
    for (const process of [...this.started].reverse()) {
      const ended = process.alive ? undefined : await process.endText();
      const problem = ended === undefined ? await process.stopGracefully() : undefined;
      await process.finish(problem ?? ended ?? 'stopped when the proof was over');
      problems.push(...[problem ?? (await this.answeredWithout(process.service))].filter(isText));
    }
    return problems.length === 0 ? undefined : problems.join('\n');
  }

  async kill(): Promise<void> {
    for (const process of [...this.started].reverse())
      await process.finish(process.alive ? 'running until the proof was over' : await process.endText());
  }

  private async awaitReady(process: ServiceProcess, url: string): Promise<string | undefined> {
    const { execution } = this;
    const { name } = process.service;
    for (let pauseMs = 50; ; pauseMs = Math.min(500, pauseMs * 2)) {
      const seen = await this.probe(url, process.service);
      if (!process.alive) {
        const others = seen === 'ready' ? `, and ${url} is answered by something else` : '';
        return `the service ${name} ${await process.endText()} before ${url} answered${others}`;
      }
      if (seen === 'ready') return undefined;
      const fallen = this.started.find(
        (other) => !other.alive && readyUrl(other.service, execution) !== undefined,
      );
      if (fallen)
        return `the service ${fallen.service.name} ${await fallen.endText()} before ${url} answered`;
      if (execution.leftMs === 0)
        return `the service ${name} did not come up in ${execution.assertion.proof.timeoutSec} s: ${seen}`;
      await delay(Math.min(pauseMs, execution.leftMs), execution.signal);
    }
  }

  private async endOf(process: ServiceProcess): Promise<string | undefined> {
    const url = readyUrl(process.service, this.execution);
    if (url === undefined) {
      const end = process.alive ? undefined : await process.endText();
      return end === undefined || end === 'ended with exit code 0' ? undefined : `${end} while it was driven`;
    }
    // A process that falls over stops answering first; only a moment later it is gone.
    const seen = await this.probe(url, process.service, probeLimitMs);
    if (seen === 'ready' && process.alive) return undefined;
    return (await process.endsWithin(endLimitMs))
      ? `${await process.endText()} while it was driven`
      : `is not well any more after it was driven: ${seen}`;
  }

  private async answeredWithout(service: ProductService): Promise<string | undefined> {
    const url = readyUrl(service, this.execution);
    if (url === undefined || (await this.probe(url, service)) !== 'ready') return undefined;
    return `${url} answers although the service ${service.name} has stopped: another process has its address`;
  }

  /** A health address has to say that all is well; a port only has to answer. */
  private async probe(url: string, { health }: ProductService, limitMs?: number): Promise<string> {
    const { session, leftMs, signal } = this.execution;
    const timeoutMs = limitMs ?? Math.max(100, Math.min(probeLimitMs, leftMs));
    const seen = await session.http({ method: 'GET', url, timeoutMs, signal }).catch((error: unknown) => {
      if (isRefusal(error) && error.code === 'HTTP_NO_ANSWER') return error.message;
      throw error;
    });
    signal.throwIfAborted();
    if (typeof seen === 'string') return seen;
    return health === undefined || seen.status < 400 ? 'ready' : `${url} answered ${seen.status}`;
  }
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
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

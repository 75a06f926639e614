import type { RedactedOutput } from '@missions/agent-tools';
import { delay } from '@missions/kernel';
import type { ProductService } from '@missions/mission';
import type { BackgroundProcess } from '@missions/workspace';
import { killedText, type ProofExecution } from './proof-execution.ts';

const stopLimitMs = 10_000;

/**
 * Starts the product as a job of its own and waits for one line: then the plan's stop command runs, or where there is none
 * the job is asked to end by SIGTERM. It has to happen in here: no other command of the session sees these processes.
 */
const supervise = `
set -m
exec 3<&0 </dev/null
/bin/bash -c "$1" 3<&- &
product=$!
{
  if ! read -r _ <&3; then kill -KILL -- "-$product"
  elif [ -n "$2" ]; then exec /bin/bash -c "$2" 3<&-
  else kill -TERM -- "-$product"
  fi
} 2>&1 &
wait "$product" 2>/dev/null
`;

/** One running service of the product. */
export class ServiceProcess {
  private constructor(
    readonly service: ProductService,
    private readonly process: BackgroundProcess,
    private readonly output: RedactedOutput,
    private readonly execution: ProofExecution,
  ) {}

  static async start(service: ProductService, execution: ProofExecution): Promise<ServiceProcess> {
    const output = execution.output();
    const process = await execution.session.start({
      command: ['/bin/bash', '-c', supervise, 'service', service.start, service.stop ?? ''],
      stdin: 'stream',
      onOutput: output.push,
    });
    return new ServiceProcess(service, process, output, execution);
  }

  get alive(): boolean {
    return this.process.alive();
  }

  /** How it ended, in words; waits for the end. */
  async endText(): Promise<string> {
    const result = await this.process.ended;
    const killed = killedText(result, 'killed');
    return killed === undefined ? `ended with exit code ${String(result.exitCode)}` : `was ${killed}`;
  }

  /** Lets it stop by itself; says so when it does not within its time. It may go on running then. */
  async stopGracefully(): Promise<string | undefined> {
    const { stop, name } = this.service;
    this.process.stdin?.write('stop\n');
    if (await this.endsWithin(stopLimitMs)) return undefined;
    const asked = stop === undefined || stop === '' ? 'SIGTERM' : 'its stop command';
    return `the service ${name} did not stop within ${stopLimitMs / 1_000} s of ${asked}, and was killed`;
  }

  async endsWithin(limitMs: number): Promise<boolean> {
    const waiting = new AbortController();
    const over = delay(limitMs, AbortSignal.any([this.execution.signal, waiting.signal]));
    return Promise.race([this.process.ended.then(() => true), over.then(() => false)]).finally(() => {
      waiting.abort();
      over.catch(() => undefined);
    });
  }

  /** Kills what is left of it and keeps what it said as evidence; `how` where it did not end by itself. */
  async finish(how: string): Promise<void> {
    const { service, execution } = this;
    const { exitCode } = await this.process.stop();
    const { both } = this.output.end();
    await execution.keep(`$ ${service.start}\n${how}\n${both}${await this.logFile()}`, 'text/plain', {
      kind: 'service_log',
      command: service.start,
    });
    execution.ends.push({ exitCode, output: both });
  }

  private async logFile(): Promise<string> {
    const { logs } = this.service;
    if (logs === undefined) return '';
    const { bytes } = await this.execution.session.files
      .readFile(logs, { limit: 256 * 1024 })
      .catch(() => ({ bytes: new Uint8Array() }));
    return bytes.length === 0
      ? ''
      : this.execution.redact(`\n--- ${logs}\n${Buffer.from(bytes).toString('utf8')}`);
  }
}

import { urlAs } from '@missions/local';
import { Awaited } from '../ground/awaited.ts';
import { Child } from '../ground/child.ts';
import type { Ground } from '../ground/ground.ts';
import { numberOfRun, type Go, type RunnerMessage, type Serve } from './protocol.ts';

const READY = 'ready';

/** Two runner processes that take turns; tells when each run was claimed and concluded. */
export class Runners {
  readonly #answers = new Awaited<number>();
  readonly #children: readonly Child<Serve | Go, RunnerMessage>[];

  private constructor(serves: readonly Serve[]) {
    this.#children = serves.map((serve) => {
      const child = new Child<Serve | Go, RunnerMessage>(new URL('./main.js', import.meta.url), (message) => {
        if (message.kind === 'ready') this.#answers.add(READY, 0);
        else this.#answers.add(`${message.runId} ${message.kind}`, message.at);
      });
      child.send(serve);
      return child;
    });
  }

  /** Resolves when both serve. */
  static async start({ stack, credentials }: Ground): Promise<Runners> {
    const role = 'missions_worker';
    const common = {
      kind: 'serve' as const,
      databaseUrl: urlAs(stack.servers.databaseUrl, role, credentials.rolePasswords[role] ?? ''),
      natsUrl: stack.servers.natsUrl,
      natsSeed: credentials.nats.worker.seed,
    };
    const runners = new Runners([
      { ...common, remainder: 0 },
      { ...common, remainder: 1 },
    ]);
    await runners.#answers.take(READY, { count: 2 });
    return runners;
  }

  /** Lets a claimed run hand off. */
  go(runId: string): void {
    this.#children[numberOfRun(runId) % 2]?.send({ kind: 'go', runId });
  }

  /** When the runner had the answer to the command that claimed or concluded the run. */
  async answeredAt(runId: string, command: 'ClaimRun' | 'ConcludeRun'): Promise<number> {
    const [at] = await this.#answers.take(`${runId} ${command}`, { limitMs: 60_000 });
    if (at === undefined) throw new Error(`${runId} was not answered.`);
    return at;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { keepLogShort } from './log-file.ts';
import { makeDirectory } from './state-directory.ts';

export interface ServiceEntry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the service; nothing is inherited but PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface SupervisorOptions {
  readonly entries: readonly ServiceEntry[];
  /** One `<name>.log` each, moved to `<name>.log.1` when it grows past `maxLogBytes`. */
  readonly logDir: string;
  /** 20 MiB by default. */
  readonly maxLogBytes?: number;
  /** How long a service may take to stop before it is killed; 15 s by default. */
  readonly stopLimitMs?: number;
  /** The longest pause before a crashed service is started again; 10 s by default. */
  readonly longestPauseMs?: number;
  readonly onEvent?: (event: ServiceEvent) => void;
}

export type ServiceEvent =
  | { readonly kind: 'started'; readonly name: string; readonly pid: number; readonly restarts: number }
  | { readonly kind: 'exited'; readonly name: string; readonly how: string; readonly nextStartMs: number };

export interface ServiceStatus {
  readonly name: string;
  /** Undefined while it is down between two starts. */
  readonly pid: number | undefined;
  readonly restarts: number;
}

export interface ServiceSupervisor {
  readonly status: () => readonly ServiceStatus[];
  /** SIGTERM to all, a wait of `stopLimitMs`, then SIGKILL. Resolves when all are gone; safe to repeat. */
  readonly stop: () => Promise<void>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A service that lived this long had started well: its next crash counts as a first one. */
const STABLE_MS = 30_000;
/** The descriptor at which a service finds its end of the pipe. */
const PIPE_FD = 3;

/**
 * Starts services as processes of their own and restarts, with a growing pause, any that ends. Each holds the reading end
 * of a pipe (`MISSIONS_PARENT_PIPE` names the descriptor) that closes when this process dies in whatever way: a service
 * that sees it end stops, so that a killed supervisor leaves no orphan.
 */
export function startServices(options: SupervisorOptions): ServiceSupervisor {
  makeDirectory(options.logDir, 0o700);
  const services = options.entries.map((entry) => new SupervisedService(entry, options));
  const logs = options.entries.map(({ name }) => join(options.logDir, `${name}.log`));
  const housekeeping = setInterval(() => {
    for (const log of logs) keepLogShort(log, options.maxLogBytes ?? 20 * 1024 ** 2);
  }, 10_000).unref();
  for (const service of services) service.start();
  return {
    status: () => services.map((service) => service.status()),
    stop: async () => {
      clearInterval(housekeeping);
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}

class SupervisedService {
  readonly #entry: ServiceEntry;
  readonly #options: SupervisorOptions;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #restarts = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #stopping = false;

  constructor(entry: ServiceEntry, options: SupervisorOptions) {
    this.#entry = entry;
    this.#options = options;
  }

  status(): ServiceStatus {
    return { name: this.#entry.name, pid: this.#child?.pid, restarts: this.#restarts };
  }

  start(): void {
    const startedAt = performance.now();
    const child = this.#spawn();
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      const once = (how: string): void => {
        if (this.#child === child) this.#ended(how, performance.now() - startedAt);
        resolve();
      };
      child.once('exit', (code, signal) => {
        once(signal ?? `exit code ${String(code)}`);
      });
      child.once('error', (error) => {
        once(error.message);
      });
    });
    const { pid } = child;
    if (pid !== undefined)
      this.#options.onEvent?.({ kind: 'started', name: this.#entry.name, pid, restarts: this.#restarts });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#options.stopLimitMs ?? 15_000);
    await this.#gone;
    clearTimeout(kill);
  }

  #spawn(): ChildProcess {
    const { command, args, env, cwd, name } = this.#entry;
    const log = openSync(join(this.#options.logDir, `${name}.log`), 'a', 0o600);
    try {
      return spawn(command, [...args], {
        cwd: cwd ?? '/',
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env, MISSIONS_PARENT_PIPE: String(PIPE_FD) },
        stdio: ['ignore', log, log, 'pipe'],
      });
    } finally {
      closeSync(log);
    }
  }

  #ended(how: string, livedMs: number): void {
    this.#child = undefined;
    if (this.#stopping) return;
    if (livedMs >= STABLE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const nextStartMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#options.longestPauseMs ?? LONGEST_PAUSE_MS);
    this.#restarts += 1;
    this.#timer = setTimeout(() => {
      this.start();
    }, nextStartMs);
    this.#options.onEvent?.({ kind: 'exited', name: this.#entry.name, how, nextStartMs });
  }
}

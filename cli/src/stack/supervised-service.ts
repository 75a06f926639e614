import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  identityOf,
  startServices,
  waitForExit,
  type ServiceEvent,
  type ServiceSupervisor,
} from '@missions/local';
import type { ServiceName } from '@missions/runtime';
import { untilReady } from './until-ready.ts';
import type { StackService } from './stack-options.ts';

export interface SupervisedServiceOptions {
  readonly name: string;
  readonly service: ServiceName;
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly httpPort: number;
  readonly logDir: string;
  /** A directory for the marks of kill points that have done their work. */
  readonly marks: string;
  readonly killAt?: string;
  readonly longestRestartPauseMs: number;
  readonly onEvent: (event: ServiceEvent) => void;
}

const READY_LIMIT_MS = 30_000;
const GONE_LIMIT_MS = 20_000;

/** One process of a service under a supervisor of its own, so that each can be stopped and started alone. */
export class SupervisedService implements StackService {
  readonly name: string;
  readonly service: ServiceName;
  readonly url: string;
  readonly logFile: string;
  readonly #options: SupervisedServiceOptions;
  #supervisor: ServiceSupervisor | undefined;
  #starts = 0;

  constructor(options: SupervisedServiceOptions) {
    this.#options = options;
    this.name = options.name;
    this.service = options.service;
    this.url = `http://127.0.0.1:${String(options.httpPort)}`;
    this.logFile = join(options.logDir, `${options.name}.log`);
  }

  readonly pid = (): number | undefined => this.#status()?.pid;

  readonly restarts = (): number => this.#status()?.restarts ?? 0;

  readonly kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const pid = this.pid();
    const identity = pid === undefined ? undefined : identityOf(pid);
    if (identity === undefined) return;
    process.kill(identity.pid, signal);
    if (await waitForExit(identity, GONE_LIMIT_MS)) return;
    throw new Error(`${this.name} (pid ${String(identity.pid)}) did not end after ${signal}.`);
  };

  readonly ready = async (limitMs = READY_LIMIT_MS): Promise<void> => {
    await untilReady({ name: this.name, url: this.url, logFile: this.logFile, limitMs });
  };

  readonly stop = async (): Promise<void> => {
    const supervisor = this.#supervisor;
    this.#supervisor = undefined;
    await supervisor?.stop();
  };

  readonly start = ({ killAt }: { readonly killAt?: string } = {}): void => {
    if (this.#supervisor !== undefined) return;
    const { name, entry, args, env, logDir, longestRestartPauseMs, onEvent } = this.#options;
    this.#starts += 1;
    const plan = this.#killPlan(killAt);
    this.#supervisor = startServices({
      entries: [{ name, command: process.execPath, args: [entry, ...args], env: { ...env, ...plan } }],
      logDir,
      longestPauseMs: longestRestartPauseMs,
      onEvent,
    });
  };

  #status(): ReturnType<ServiceSupervisor['status']>[number] | undefined {
    return this.#supervisor?.status()[0];
  }

  #killPlan(killAt: string | undefined): Readonly<Record<string, string>> {
    const at = killAt ?? (this.#starts === 1 ? this.#options.killAt : undefined);
    if (at === undefined) return {};
    mkdirSync(this.#options.marks, { recursive: true, mode: 0o700 });
    const mark = `${this.name}-${String(process.pid)}-${String(this.#starts)}`;
    return { MISSIONS_KILL_AT: at, MISSIONS_KILL_MARKER: join(this.#options.marks, mark) };
  }
}

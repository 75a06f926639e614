import { posix } from 'node:path';
import { DomainError } from '@missions/kernel';
import type {
  BackgroundProcess,
  BackgroundRequest,
  CommandRequest,
  CommandResult,
  HttpRequest,
  HttpResult,
  SandboxLimits,
  SandboxSession,
} from '../sandbox.ts';
import type { BrowserOptions, SandboxBrowser } from '../sandbox-browser.ts';
import type { EgressUse } from '../sandbox-egress.ts';
import type { SandboxFiles } from '../sandbox-files.ts';
import { openConfinedBrowser, type BrowserParts } from './browser/confined-browser.ts';
import { CommandRun, commandArgv } from './command-run.ts';
import type { Confinement, ProcessSpec } from './confinement.ts';
import { DiskWatch } from './disk-watch.ts';
import { FileServer } from './file-server-client.ts';
import { probeHttp } from './http-probe-client.ts';
import { openLog } from './process-log.ts';

export interface ConfinedSessionOptions {
  readonly id: string;
  readonly confinement: Confinement;
  readonly limits: SandboxLimits;
  /** Host directory of the workspace. */
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly takeEgress: (() => readonly EgressUse[]) | undefined;
  readonly browser: BrowserParts;
  /** Removes what the session left on the host; called once, after its last process is gone. */
  readonly cleanUp: () => Promise<void>;
}

/** The session that callers see, whatever confines it. */
export class ConfinedSession implements SandboxSession {
  readonly id: string;
  readonly files: SandboxFiles;
  private readonly runs = new Set<CommandRun>();
  private readonly fileServer: FileServer;
  private readonly disk: DiskWatch;
  private started = 0;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ConfinedSessionOptions) {
    this.id = options.id;
    this.fileServer = new FileServer(options.confinement, options.limits);
    this.files = this.fileServer;
    this.disk = new DiskWatch(options.workspace, options.limits.workspaceBytes);
    const close = (): void => {
      void this.close();
    };
    options.signal?.addEventListener('abort', close, { once: true });
    void options.confinement.closed.then(() => {
      options.signal?.removeEventListener('abort', close);
      for (const run of this.runs) run.kill('session_closed');
    });
    if (options.signal?.aborted) close();
  }

  async run(request: CommandRequest): Promise<CommandResult> {
    const timeoutMs = Math.min(request.timeoutMs, this.options.limits.wallClockMs);
    const stdin = request.stdin === undefined ? 'none' : Buffer.from(request.stdin);
    const { signal, onOutput } = request;
    return (await this.launch(request, stdin, { timeoutMs, signal, onOutput })).result;
  }

  async start(request: BackgroundRequest): Promise<BackgroundProcess> {
    const log =
      request.logPath === undefined ? undefined : openLog(request.logPath, this.options.limits.fileSizeBytes);
    const onOutput = (chunk: Uint8Array, stream: 'stdout' | 'stderr'): void => {
      log?.write(chunk);
      request.onOutput?.(chunk, stream);
    };
    try {
      const { floodBytes } = request;
      const watch = { timeoutMs: undefined, signal: undefined, onOutput, floodBytes };
      const run = await this.launch(request, request.stdin ?? 'none', watch);
      const ended = run.result.finally(() => log?.close());
      ended.catch(() => undefined); // Whoever awaits it learns of a fault; nobody has to.
      const stop = async (): Promise<CommandResult> => {
        run.kill('abort');
        return ended;
      };
      return {
        id: `bg-${String((this.started += 1))}`,
        output: () => run.output(),
        alive: () => run.alive,
        stdin: run.stdin,
        ended,
        stop,
      };
    } catch (error) {
      log?.close();
      throw error;
    }
  }

  http(request: HttpRequest): Promise<HttpResult> {
    return probeHttp(this.options.confinement, this.options.limits, request);
  }

  openBrowser(options: BrowserOptions = {}): Promise<SandboxBrowser> {
    const { confinement, limits, browser } = this.options;
    return openConfinedBrowser({ confinement, limits, ...browser }, options);
  }

  locate(inside: string): string {
    return this.options.confinement.locate(inside);
  }

  takeEgress(): readonly EgressUse[] {
    return this.options.takeEgress?.() ?? [];
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    for (const run of this.runs) run.kill('session_closed');
    await this.options.confinement.close();
    await this.options.cleanUp();
  }

  private async launch(
    request: CommandRequest | BackgroundRequest,
    stdin: ProcessSpec['stdin'],
    watch: Omit<ConstructorParameters<typeof CommandRun>[1], 'outputBytes'>,
  ): Promise<CommandRun> {
    if (this.closing) throw new DomainError('SANDBOX_CLOSED', `The sandbox session ${this.id} has ended.`);
    const { confinement, limits, env } = this.options;
    const launched = await confinement.launch({
      argv: commandArgv(request.command),
      cwd: posix.resolve(confinement.paths.workspace, confinement.locate(request.cwd ?? '.')),
      env: { ...env, ...request.env },
      stdin,
      view: 'session',
      processes: limits.processes,
    });
    const run = new CommandRun(launched, { ...watch, outputBytes: limits.outputBytes });
    this.runs.add(run);
    const unwatched = this.disk.during(() => {
      run.kill('disk');
    });
    const forget = async (): Promise<void> => {
      this.runs.delete(run);
      (await unwatched)();
    };
    run.result.then(forget, forget).catch(() => undefined); // The run is forgotten; nobody waits for this.
    return run;
  }
}

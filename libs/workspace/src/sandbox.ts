import type { Writable } from 'node:stream';
import type { BrowserOptions, SandboxBrowser } from './sandbox-browser.ts';
import type { EgressAccess, EgressUse } from './sandbox-egress.ts';
import type { SandboxFiles } from './sandbox-files.ts';

/** Gives runs and proofs a place to execute hostile code; refuses to open one before its own probe has passed. */
export interface SandboxProvider {
  /** `none` gives no protection and exists only behind an admin's explicit override. */
  readonly kind: SandboxKind;
  /**
   * Measures, with canaries inside a real session, that the sandbox holds. Never throws for a sandbox that does not
   * hold: the report says so. Repeatable; the newest report decides whether sessions open.
   */
  readonly probe: (signal: AbortSignal) => Promise<ProbeReport>;
  /**
   * Opens a session; the caller closes it. Probes first if no probe ran yet or the newest failed.
   * Refuses with `SANDBOX_UNAVAILABLE` when the probe failed, `SANDBOX_WORKSPACE` when the workspace cannot be used.
   */
  readonly openSession: (options: SessionOptions) => Promise<SandboxSession>;
}

/** `external`: the pod around the service is the sandbox. */
export type SandboxKind = 'bubblewrap' | 'external' | 'none';

/** One run's or one proof's sandbox: its commands share files, /tmp and a loopback network, but no process namespace. */
export interface SandboxSession {
  readonly id: string;
  /**
   * Runs one command to its end. Whatever the command does is a result, never an error; a sandbox that did not start
   * the command rejects with `SANDBOX_FAULT`, a closed session with `SANDBOX_CLOSED`. When it resolves by a time-out,
   * an abort or too much output, every process of the command has been killed.
   */
  readonly run: (request: CommandRequest) => Promise<CommandResult>;
  /** Starts a process that lives until it ends, is stopped, or the session closes. */
  readonly start: (request: BackgroundRequest) => Promise<BackgroundProcess>;
  /**
   * Sends one HTTP request from the session's network, so 127.0.0.1 reaches its services. Redirects are not followed.
   * Refuses with `HTTP_NO_ANSWER` when nothing answered in time (evidence: url, reason).
   */
  readonly http: (request: HttpRequest) => Promise<HttpResult>;
  /**
   * Opens a browser on the session's network, which ends with the session; its files and processes are not the session's.
   * Refuses with `TOOL_MISSING`, naming the command to run, where this host has no browser and cannot fetch one.
   */
  readonly openBrowser: (options?: BrowserOptions) => Promise<SandboxBrowser>;
  /**
   * Where `/workspace/…` or a path below a mount's `inside` lies for the commands of this session: itself, except
   * without a sandbox. `cwd` and file requests are translated already; paths inside a command or its environment are not.
   */
  readonly locate: (inside: string) => string;
  /** File access, executed inside the sandbox: a link planted in the workspace leads nowhere the sandbox could not go. */
  readonly files: SandboxFiles;
  /** What the session asked of its way out since this was last called; background processes ask at any time. */
  readonly takeEgress: () => readonly EgressUse[];
  /** Kills every process of the session and returns when none is left. Idempotent. */
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  /** The run or the proof this session belongs to; letters, digits, `-`, `_`, `.`. */
  readonly id: string;
  /** Host directory seen as /workspace, writable and owned by the sandbox's user; a `.git` in it is read-only inside. */
  readonly workspace: string;
  readonly readOnlyMounts?: readonly SandboxMount[];
  readonly writableMounts?: readonly SandboxMount[];
  /** Added to each command's environment; nothing of the host's environment ever is. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<SandboxLimits>;
  /** The only way out; without it the session has loopback and nothing else. */
  readonly egress?: EgressAccess;
  /** Its abort closes the session. */
  readonly signal?: AbortSignal;
}

export interface SandboxMount {
  readonly host: string;
  /** Absolute path inside, e.g. `/contract`. */
  readonly inside: string;
}

export interface SandboxLimits {
  /** Kept of each of stdout and stderr, head and tail; a command that writes 64 times as much is killed. */
  readonly outputBytes: number;
  /** Processes and threads of the whole session. */
  readonly processes: number;
  readonly fileSizeBytes: number;
  /** Open files of one process. */
  readonly openFiles: number;
  /** Processor seconds of one process. */
  readonly cpuSec: number;
  /** The longest any one command may run, whatever its own time-out says. */
  readonly wallClockMs: number;
  /** What the workspace may hold on the disk; a command under which it grows beyond is killed within seconds. */
  readonly workspaceBytes: number;
  /** Size of /tmp and, separately, of /dev/shm. */
  readonly tmpBytes: number;
}

export const defaultSandboxLimits: SandboxLimits = {
  outputBytes: 256 * 1024,
  processes: 512,
  fileSizeBytes: 1024 ** 3,
  openFiles: 16_384,
  cpuSec: 3600,
  wallClockMs: 3_600_000,
  workspaceBytes: 16 * 1024 ** 3,
  tmpBytes: 1024 ** 3,
};

/** A string is given to the shell (`bash -c`), an array is executed as it is. */
export type Command = string | readonly [string, ...(readonly string[])];

export interface CommandRequest {
  readonly command: Command;
  /** Relative to /workspace, or absolute inside the sandbox. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with every chunk as it arrives, also those that the result omits. */
  readonly onOutput?: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
}

/** What the supervisor measured of one command. */
export interface CommandResult {
  /** As a shell reports it: 128 + n after signal n. Undefined when the supervisor killed the command. */
  readonly exitCode: number | undefined;
  /** Why the supervisor killed it; undefined when the command ended by itself. */
  readonly killedBy: 'timeout' | 'abort' | 'output' | 'disk' | 'session_closed' | undefined;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** Head and tail, with `…N bytes omitted…` between them when there was more. */
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes the command wrote to both streams. */
  readonly outputBytes: number;
  readonly truncated: boolean;
}

export interface BackgroundRequest {
  readonly command: Command;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Host file that receives both streams, up to the session's file size; outside every directory the sandbox can write. */
  readonly logPath?: string;
  readonly onOutput?: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
  /** Gives the process an open standard input, for a dialogue with it; without it, it reads an empty one. */
  readonly stdin?: 'stream';
  /** Bytes of both streams after which it is killed; where absent 64 times what the session keeps of one. */
  readonly floodBytes?: number | undefined;
}

export interface BackgroundProcess {
  readonly id: string;
  /** Both streams in order of arrival, head and tail kept. */
  readonly output: () => string;
  readonly alive: () => boolean;
  /** Where it was asked for. What is written after its end is lost; `ended` tells of that, the stream never throws. */
  readonly stdin: Writable | undefined;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<CommandResult>;
  /** Kills it and all its children; resolves when they are gone. Idempotent. */
  readonly stop: () => Promise<CommandResult>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpResult {
  readonly status: number;
  /** Names in lower case; values of a repeated header joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body was longer than the session keeps (`outputBytes`). */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** What the probe found; `ok` is true only if every single probe ran and held. */
export interface ProbeReport {
  readonly provider: SandboxKind;
  readonly ok: boolean;
  /** True only for the provider `none`: an admin allowed agents to run without any sandbox. */
  readonly unsandboxed: boolean;
  readonly probes: readonly ProbeResult[];
}

export interface ProbeResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen that proves the probe itself ran; without it the probe counts as failed. */
  readonly marker: string | undefined;
  readonly detail: string;
}

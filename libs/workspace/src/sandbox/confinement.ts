import type { Readable, Writable } from 'node:stream';
import type { SandboxMount } from '../sandbox.ts';

/** What starts the processes of one session; how it confines them is its own affair. */
export interface Confinement {
  /** Rejects with `SANDBOX_FAULT` or `SANDBOX_CLOSED` when the process cannot be started at all. */
  readonly launch: (spec: ProcessSpec) => Promise<LaunchedProcess>;
  /** Kills every process; returns when none is left. Idempotent. */
  readonly close: () => Promise<void>;
  /** Resolves when the session ended, by `close` or because its holder died. */
  readonly closed: Promise<void>;
  /** A path as callers name it, as the processes see it. */
  readonly locate: (path: string) => string;
  /** Where a process apart sees one of its mounts. */
  readonly shown: (mount: SandboxMount) => string;
  /** Where the workspace and the toolchain lie as the processes see them. */
  readonly paths: ConfinedPaths;
}

export interface ConfinedPaths {
  readonly workspace: string;
  readonly node: string;
  readonly scripts: string;
  readonly egressSocket: string;
  /** Directories that file access may reach. */
  readonly fileRoots: readonly string[];
}

export interface ProcessSpec {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: 'none' | 'stream' | Uint8Array;
  /**
   * `network` sees the session's network and none of its files: for probes that measure what the files' code does.
   * `apart` has a file system of its own besides: the system's programs, the toolchain, `mounts`, and nothing that the
   * session's processes see of it.
   */
  readonly view: 'session' | 'network' | 'apart';
  /** Of a process apart, read-only. */
  readonly mounts?: readonly SandboxMount[];
  /** Processes the session may have when this one wants another; the engine's own get some more than the agent's. */
  readonly processes: number;
}

export interface LaunchedProcess {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves after the process is gone and both streams have ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Kills the process and all its descendants. */
  readonly kill: () => void;
}

export interface ProcessEnd {
  /** False when the sandbox never came as far as handing over to the program. */
  readonly started: boolean;
  /** As bubblewrap's outer process saw it; undefined when that process was killed. */
  readonly exitCode: number | undefined;
}

/** Processes and threads that the engine's own programs may have beyond what the agent's may. */
export const engineProcesses = 64;

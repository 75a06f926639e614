import { DomainError } from '@missions/kernel';
import type { SandboxLimits } from '../sandbox.ts';
import type {
  ByteRange,
  FileContent,
  FileListing,
  GlobRequest,
  GlobResult,
  GrepRequest,
  GrepResult,
  SandboxFiles,
} from '../sandbox-files.ts';
import { engineProcesses, type Confinement } from './confinement.ts';
import { LineConnection } from './line-connection.ts';

const readLimitBytes = 10 * 1024 * 1024;
const writeLimitBytes = 64 * 1024 * 1024;
const globLimit = 1_000;
const grepLimit = 500;

/**
 * File access through one small server inside the sandbox, started with the first request: 40 ms once and about 1 ms
 * a request, instead of a process each. It sees what the session sees and shares no process namespace with its commands.
 */
export class FileServer implements SandboxFiles {
  private connection: Promise<LineConnection> | undefined;

  constructor(
    private readonly confinement: Confinement,
    private readonly limits: SandboxLimits,
  ) {}

  async readFile(path: string, range: ByteRange = {}): Promise<FileContent> {
    const limit = Math.min(range.limit ?? readLimitBytes, readLimitBytes);
    const reply = await this.ask<{ size: number; base64: string }>('read', {
      path,
      offset: range.offset ?? 0,
      limit,
    });
    return { bytes: Buffer.from(reply.base64, 'base64'), size: reply.size };
  }

  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content);
    if (bytes.length > writeLimitBytes)
      throw new DomainError(
        'FILE_REFUSED',
        `${path} would have ${String(bytes.length)} bytes; the limit is 64 MiB.`,
        { path },
      );
    await this.ask('write', { path, base64: bytes.toString('base64') });
  }

  listFiles(path: string): Promise<FileListing> {
    return this.ask('list', { path });
  }

  glob({ pattern, path = '.', limit = globLimit }: GlobRequest): Promise<GlobResult> {
    return this.ask('glob', { pattern, path, limit });
  }

  grep({
    pattern,
    path = '.',
    glob,
    ignoreCase = false,
    limit = grepLimit,
  }: GrepRequest): Promise<GrepResult> {
    return this.ask('grep', { pattern, path, glob: glob ?? null, ignoreCase, limit });
  }

  private async ask<T>(operation: string, request: FileRequest): Promise<T> {
    this.connection ??= this.connect();
    const connection = await this.connection.catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
    const reply = (await connection.ask({
      operation,
      request: { ...request, path: this.confinement.locate(request.path) },
    })) as Reply<T>;
    if (reply.refusal === undefined) return reply.value as T;
    const { code, message, errno } = reply.refusal;
    throw new DomainError(code, `${request.path}: ${message}`, { path: request.path, errno });
  }

  private async connect(): Promise<LineConnection> {
    const { workspace, node, scripts, fileRoots } = this.confinement.paths;
    const launched = await this.confinement.launch({
      argv: [node, `${scripts}/file-server.js`, JSON.stringify({ workspace, roots: fileRoots })],
      cwd: workspace,
      env: {},
      stdin: 'stream',
      view: 'session',
      processes: this.limits.processes + engineProcesses,
    });
    void launched.ended.then(() => (this.connection = undefined));
    return new LineConnection(launched);
  }
}

type FileRequest = { readonly path: string } & Readonly<Record<string, unknown>>;

interface Reply<T> {
  readonly value?: T;
  readonly refusal?: { readonly code: string; readonly message: string; readonly errno?: string };
}

import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const lookMs = 1_000;
const countLimitMs = 60_000;

/** Counting files takes time, so it is done only after this much of the disk has gone since the last count. */
const stepBytes = 64 * 1024 ** 2;

type Kill = () => void;

interface Watched {
  readonly kill: Kill;
  readonly bytesAtStart: number;
}

/**
 * Kills what makes a workspace larger than it may be. A command that finds it too large already may run, so that one
 * can delete what is not needed; only one under which it grows is killed.
 */
export class DiskWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;
  /** Below so much free space the workspace may be too large, and is counted. */
  private countBelow: number | undefined;
  private bytes = 0;
  private looking = false;

  constructor(
    private readonly workspace: string,
    private readonly limitBytes: number,
  ) {}

  /** Watches one command; the result ends it. A workspace that is gone is not watched, and no trouble. */
  async during(kill: Kill): Promise<() => void> {
    try {
      this.countBelow ??= (await freeBytes(this.workspace)) - this.step;
    } catch {
      return () => undefined;
    }
    if (this.bytes > this.limitBytes) this.bytes = await sizeOf(this.workspace);
    return this.add({ kill, bytesAtStart: this.bytes });
  }

  private add(watched: Watched): () => void {
    this.watched.add(watched);
    this.timer ??= setInterval(() => void this.look().catch(() => undefined), lookMs);
    return () => {
      this.watched.delete(watched);
      if (this.watched.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private get step(): number {
    return Math.min(stepBytes, this.limitBytes / 4);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const free = await freeBytes(this.workspace);
      if (this.countBelow === undefined || free > this.countBelow) return;
      this.bytes = await sizeOf(this.workspace);
      this.countBelow = free - Math.max(this.limitBytes - this.bytes, this.step);
      if (this.bytes <= this.limitBytes) return;
      for (const { kill, bytesAtStart } of this.watched) if (this.bytes > bytesAtStart) kill();
    } finally {
      this.looking = false;
    }
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** What the files take on the disk; of a directory closed even to this service, which is the agent's doing, all it can see. */
async function sizeOf(directory: string): Promise<number> {
  const counting = promisify(execFile)('du', ['-s', '-x', '--block-size=1', '--', directory], {
    timeout: countLimitMs,
  });
  const { stdout } = await counting.catch((error: unknown) => error as { readonly stdout?: string });
  return Number.parseInt(stdout ?? '', 10) || 0;
}

import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const pipesAtOnce = 8;

/** The two ends of a named pipe: one for a child to write to, one that the supervisor reads. */
export interface OutputPipe {
  readonly writeFd: number;
  readonly reader: Socket;
  /** To be called once the child has its own copy, or the reader would never see the end. */
  readonly closeWriteEnd: () => void;
}

/**
 * Named pipes for the output of commands. Node gives a child sockets, and a program that opens /dev/stdout or
 * /dev/stderr anew (`echo x > /dev/stderr`) fails on a socket; node cannot make anonymous pipes.
 */
export class PipePool {
  private readonly free: string[] = [];
  private made = 0;
  private making: Promise<void> | undefined;

  constructor(readonly dir: string) {}

  async take(): Promise<OutputPipe> {
    while (this.free.length === 0) await this.makeMore();
    const path = this.free.pop();
    if (path === undefined) return this.take();
    return this.open(path);
  }

  private open(path: string): OutputPipe {
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeFd = openSync(path, constants.O_WRONLY);
    const reader = new Socket({ fd: readFd, readable: true, writable: false });
    // Reused only after the end was seen: then nobody holds the other end and nothing is left in it.
    reader.once('end', () => this.free.push(path));
    return {
      writeFd,
      reader,
      closeWriteEnd: () => {
        closeSync(writeFd);
      },
    };
  }

  private async makeMore(): Promise<void> {
    this.making ??= this.makeBatch().finally(() => (this.making = undefined));
    await this.making;
  }

  private async makeBatch(): Promise<void> {
    const paths = Array.from({ length: pipesAtOnce }, () =>
      join(this.dir, `pipe-${String((this.made += 1))}`),
    );
    await promisify(execFile)('mkfifo', ['-m', '0666', '--', ...paths]);
    this.free.push(...paths);
  }
}

import { DomainError } from '@missions/kernel';
import type { LaunchedProcess } from './confinement.ts';

const answerLimitMs = 30_000;
const lineLimitBytes = 64 * 1024 * 1024;
const stderrLimit = 2_000;

interface Waiting {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Requests and replies with a process in the sandbox, one JSON object a line, matched by `id`; several at once. */
export class LineConnection {
  private readonly waiting = new Map<number, Waiting>();
  private readonly pieces: Buffer[] = [];
  private pieceBytes = 0;
  private stderr = '';
  private sent = 0;

  constructor(private readonly process: LaunchedProcess) {
    process.stdout.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    process.stderr.on(
      'data',
      (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-stderrLimit)),
    );
    process.stdin?.on('error', () => undefined); // Its end is reported by `ended`.
    void process.ended.then(() => {
      this.failAll();
    });
  }

  /** Rejects with `SANDBOX_FAULT` when the process ends, or takes longer than 30 s and is killed. */
  ask(message: object): Promise<unknown> {
    const id = (this.sent += 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.process.kill();
      }, answerLimitMs);
      this.waiting.set(id, { resolve, reject, timer });
      this.process.stdin?.write(`${JSON.stringify({ id, ...message })}\n`);
    });
  }

  private receive(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.pieces.push(rest.subarray(0, end));
      this.settle(Buffer.concat(this.pieces.splice(0)).toString('utf8'));
      this.pieceBytes = 0;
      rest = rest.subarray(end + 1);
    }
    this.pieces.push(rest);
    this.pieceBytes += rest.length;
    if (this.pieceBytes > lineLimitBytes) this.process.kill();
  }

  private settle(line: string): void {
    const reply = JSON.parse(line) as { readonly id: number };
    const waiting = this.waiting.get(reply.id);
    if (!waiting) return;
    this.waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    waiting.resolve(reply);
  }

  private failAll(): void {
    const detail = this.stderr.trim() || 'it was killed';
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new DomainError('SANDBOX_FAULT', `The sandbox's file server ended: ${detail}`, { detail }));
    }
    this.waiting.clear();
  }
}

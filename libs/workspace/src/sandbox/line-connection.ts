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
  private hasEnded = false;

  /** `name` is what the process is called where its end is told. */
  constructor(
    private readonly process: LaunchedProcess,
    private readonly name = 'file server',
  ) {
    process.stdout.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    process.stderr.on(
      'data',
      (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-stderrLimit)),
    );
    process.stdin?.on('error', () => undefined); // Its end is reported by `ended`.
    void process.ended.then(() => {
      this.hasEnded = true;
      this.failAll();
    });
  }

  /** Rejects with `SANDBOX_FAULT` when the process ends, or takes longer than the limit and is killed. */
  ask(message: object, limitMs = answerLimitMs): Promise<unknown> {
    if (this.hasEnded) return Promise.reject(this.ended());
    const id = (this.sent += 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.process.kill();
      }, limitMs);
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
    const reply = replyIn(line);
    const waiting = reply && this.waiting.get(reply.id);
    if (!waiting) {
      if (!reply) this.process.kill();
      return;
    }
    this.waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    waiting.resolve(reply);
  }

  private failAll(): void {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(this.ended());
    }
    this.waiting.clear();
  }

  private ended(): DomainError {
    const detail = this.stderr.trim() || 'it was killed';
    return new DomainError('SANDBOX_FAULT', `The sandbox's ${this.name} ended: ${detail}`, { detail });
  }
}

/** Whoever says something else than was agreed is not believed any more. */
function replyIn(line: string): { readonly id: number } | undefined {
  try {
    const reply: unknown = JSON.parse(line);
    return typeof reply === 'object' && reply !== null && 'id' in reply
      ? (reply as { readonly id: number })
      : undefined;
  } catch {
    return undefined;
  }
}

import { ModelError } from '../model-error.ts';

/** Aborts its signal when nothing was heard for a while, or when the whole took too long. */
export class IdleWatch {
  private readonly controller = new AbortController();
  private readonly end: NodeJS.Timeout;
  private timer: NodeJS.Timeout;
  private problem: string;

  constructor(
    private readonly idleMs: number,
    longestMs: number,
  ) {
    this.problem = `The model provider was silent for ${idleMs} ms.`;
    this.timer = this.start();
    this.end = setTimeout(() => {
      this.problem = `The model provider did not end its reply in ${longestMs} ms.`;
      this.controller.abort();
    }, longestMs);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  sawLife(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.end);
  }

  error(): ModelError {
    return new ModelError('model', this.problem, { transient: true });
  }

  private start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.controller.abort();
    }, this.idleMs);
  }
}

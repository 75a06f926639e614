import { ModelError } from '../model-error.ts';

/** Aborts its signal when nothing was heard for a while. */
export class IdleWatch {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout;

  constructor(private readonly idleMs: number) {
    this.timer = this.start();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  sawLife(): void {
    clearTimeout(this.timer);
    this.timer = this.start();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  error(): ModelError {
    return new ModelError('model', `The model provider was silent for ${this.idleMs} ms.`, {
      transient: true,
    });
  }

  private start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.controller.abort();
    }, this.idleMs);
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Another process of the bench, which ends with this one and speaks in messages. */
export class Child<Sent extends object, Heard> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(program: URL, onMessage: (message: Heard) => void) {
    this.#process = fork(fileURLToPath(program), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (message) => {
      onMessage(message as Heard);
    });
    this.#ended = once(this.#process, 'exit');
  }

  send(message: Sent): void {
    this.#process.send(message);
  }

  /** Lets it end by itself; a child that does not is killed after five seconds. */
  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await this.#ended;
    clearTimeout(kill);
  }
}

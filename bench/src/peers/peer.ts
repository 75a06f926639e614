import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { peersDirectory } from './install-peers.ts';

const STEPS = 10;
const START_MS = 90_000;
const WORK_MS = 120_000;
const STOP_MS = 8_000;

type Answer =
  { readonly ready: true } | { readonly durationsMs: readonly number[] } | { readonly fault: string };

/** Another system that does the same ten steps, in a process of its own. */
export class Peer {
  private constructor(
    private readonly process: ChildProcess,
    private readonly ended: Promise<unknown>,
  ) {}

  /** `place` says where it keeps what must last: a database of its own on the same server, or a directory. */
  static async start(
    program: string,
    place: { readonly databaseUrl: string; readonly directory: string },
  ): Promise<Peer> {
    const child = fork(join(peersDirectory, program), [JSON.stringify(place)], {
      // What it has to say is no result; its own logging would cost it time that is not counted here.
      stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
      env: { PATH: '/usr/bin:/bin', RESTATE_LOGGING: 'ERROR', DO_NOT_TRACK: '1' },
      execArgv: [],
    });
    const peer = new Peer(child, once(child, 'exit'));
    await peer.answer(START_MS);
    return peer;
  }

  /** Milliseconds of one step, for each of so many pieces of work. */
  async stepMs(count: number): Promise<readonly number[]> {
    this.process.send({ count });
    const answer = await this.answer(WORK_MS);
    if ('durationsMs' in answer) return answer.durationsMs.map((ms) => ms / STEPS);
    throw new Error('fault' in answer ? answer.fault : 'The peer answered something else.');
  }

  /** Lets it end by itself; one that does not is killed. */
  async stop(): Promise<void> {
    if (this.process.connected) this.process.disconnect();
    const kill = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(kill);
  }

  private async answer(limitMs: number): Promise<Answer> {
    const signal = AbortSignal.timeout(limitMs);
    const gone = this.ended.then(() => {
      throw new Error('The peer ended.');
    });
    gone.catch(() => undefined);
    const [message] = (await Promise.race([once(this.process, 'message', { signal }), gone])) as [Answer];
    return message;
  }
}

import { Socket } from 'node:net';

/** Why a service is asked to stop; the reason of its abort signal. */
export class StopRequested extends Error {
  constructor(readonly by: string) {
    super(`Stopping: ${by}.`);
    this.name = 'StopRequested';
  }
}

export interface StopSource {
  /** Aborts once, with a `StopRequested`, on SIGTERM, SIGINT, the end of the parent, or `stop`. */
  readonly signal: AbortSignal;
  readonly stop: (by: string) => void;
  /** Gives signals back to the process and lets the parent's pipe go. */
  readonly dispose: () => void;
}

export interface StopSourceOptions {
  /** A descriptor whose other end the parent holds; when the parent is gone, however it died, it reads its end. */
  readonly parentPipe: number | undefined;
}

export function stopOnSignals({ parentPipe }: StopSourceOptions): StopSource {
  const controller = new AbortController();
  const stop = (by: string): void => {
    controller.abort(new StopRequested(by));
  };
  const onTerminate = (): void => {
    stop('SIGTERM');
  };
  const onInterrupt = (): void => {
    stop('SIGINT');
  };
  process.on('SIGTERM', onTerminate);
  process.on('SIGINT', onInterrupt);
  const unwatch = parentPipe === undefined ? undefined : watchParent(parentPipe, stop);
  return {
    signal: controller.signal,
    stop,
    dispose: () => {
      process.off('SIGTERM', onTerminate);
      process.off('SIGINT', onInterrupt);
      unwatch?.();
    },
  };
}

function watchParent(descriptor: number, stop: (by: string) => void): () => void {
  const gone = (): void => {
    stop('the parent process is gone');
  };
  try {
    const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
    pipe.once('end', gone).once('error', gone).resume();
    pipe.unref();
    return () => {
      pipe.removeAllListeners().on('error', () => undefined);
      pipe.destroy();
    };
  } catch {
    // A descriptor that is not open any more: whoever held the other end is gone already.
    gone();
    return () => undefined;
  }
}

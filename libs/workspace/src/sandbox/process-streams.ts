import { closeSync } from 'node:fs';
import { DomainError } from '@missions/kernel';
import type { LaunchedProcess, ProcessSpec } from './confinement.ts';
import { inputFile } from './input-file.ts';
import type { OutputPipe, PipePool } from './pipe-pool.ts';

/** What a process is started with; the descriptors are the supervisor's and are closed after the start. */
export interface ProcessStreams {
  readonly stdin: 'pipe' | 'ignore' | number;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
}

/** Makes the streams, starts the process with them, and lets go of the ends that belong to it, whatever happens. */
export async function startWithStreams(
  pipes: PipePool,
  { stdin: input }: ProcessSpec,
  start: (streams: ProcessStreams) => LaunchedProcess,
): Promise<LaunchedProcess> {
  const [stdout, stderr] = await Promise.all([pipes.take(), pipes.take()]);
  const file = input instanceof Uint8Array ? inputFile(pipes.dir, input) : undefined;
  try {
    return start({ stdin: file ?? (input === 'stream' ? 'pipe' : 'ignore'), stdout, stderr });
  } catch (error) {
    stdout.reader.destroy();
    stderr.reader.destroy();
    throw startError(error);
  } finally {
    stdout.closeWriteEnd();
    stderr.closeWriteEnd();
    if (file !== undefined) closeSync(file);
  }
}

function startError(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'E2BIG') return error;
  return new DomainError(
    'SANDBOX_REQUEST',
    'The command is too long: the system takes 128 KiB. Write it to a file first.',
  );
}

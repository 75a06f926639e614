import type { SandboxSession } from '@missions/workspace';
import { orFailRun } from '../sandbox-faults.ts';
import type { FileView } from './file-view.ts';

/** The files of a sandbox session; they are read inside it, so a planted link leads nowhere the sandbox could not go. */
export function sessionFileView({ files }: Pick<SandboxSession, 'files'>): FileView {
  return {
    read: (path) => orFailRun(files.readFile(path)),
    glob: (request) => orFailRun(files.glob(request)),
    grep: (request) => orFailRun(files.grep(request)),
  };
}

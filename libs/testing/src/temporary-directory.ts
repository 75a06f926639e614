import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that is gone when its owner says so: `using dir = temporaryDirectory()` or `dir.remove()`. */
export interface TemporaryDirectory extends Disposable {
  readonly path: string;
  /** Deletes it with all that is in it; safe to repeat. */
  readonly remove: () => void;
}

/** Makes an empty private directory below the system's temporary one; its path has no symlink in it. */
export function temporaryDirectory(prefix = 'missions-test-'): TemporaryDirectory {
  const path = mkdtempSync(join(realpathSync(tmpdir()), prefix));
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  return { path, remove, [Symbol.dispose]: remove };
}

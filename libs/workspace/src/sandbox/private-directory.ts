import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** `session-<id>-<pid of the service>-<uuid>` */
const sessionName = /^session-.*-(\d+)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A directory that only this service can enter, for one session's pipes and inputs. */
export async function makePrivateDirectory(stateDir: string, sessionId: string): Promise<string> {
  const parent = join(stateDir, 'sandbox');
  await mkdir(parent, { recursive: true });
  await chmod(parent, 0o711);
  const dir = join(parent, `session-${sessionId}-${String(process.pid)}-${randomUUID()}`);
  await mkdir(dir, { mode: 0o700 });
  return dir;
}

/** Removes what services left that were killed; their processes ended with them. */
export async function removeAbandonedDirectories(stateDir: string): Promise<void> {
  const parent = join(stateDir, 'sandbox');
  const names = await readdir(parent).catch(() => []);
  const abandoned = names.filter((name) => {
    const pid = sessionName.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  for (const name of abandoned) await rm(join(parent, name), { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

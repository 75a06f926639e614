import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Names this very process in the names of what it makes on its host, so that what it leaves when it is killed is known as
 * left. A pid is given again; with its start, and the namespace it counts in, it is not.
 */
export function processMark(): string {
  return [process.pid, startOf(process.pid) ?? 0, pidNamespace()].map((part) => part.toString(36)).join('_');
}

const markEnd = /\.([0-9a-z]+)_([0-9a-z]+)_([0-9a-z]+)$/;

/** Whether a name ends in the mark of a process of this host that is gone; of what it cannot see it says no. */
export function isAbandoned(name: string): boolean {
  const [, pid, start, namespace] = markEnd.exec(name) ?? [];
  if (pid === undefined || start === undefined || namespace !== pidNamespace().toString(36)) return false;
  const now = startOf(Number.parseInt(pid, 36));
  return now === undefined || now !== Number.parseInt(start, 36);
}

/** When a process started, in the kernel's ticks; 0 where only its life can be seen, undefined when it is gone. */
function startOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return isAlive(pid) ? 0 : undefined;
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The program's name, in parentheses, may hold anything; the start is the twentieth field behind it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}

function pidNamespace(): number {
  if (process.platform !== 'linux') return 0;
  return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

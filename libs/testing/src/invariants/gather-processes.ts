import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { SeenProcess } from './evidence.ts';

/** Every process of this machine that has to do with a state directory: by mount, working directory or command line. */
export function gatherProcesses(stateDir: string): readonly SeenProcess[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const places = placesOf(name, stateDir);
      return places.length === 0 ? [] : [{ pid: Number(name), places }];
    });
}

function placesOf(pid: string, stateDir: string): readonly string[] {
  // A bind mount is listed by where it lies inside its file system, which is the end of the path as we know it.
  const mounts = read(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[3] ?? '')
    .filter((root) => root.length > 1 && isBelow(root, stateDir));
  const cwd = read(() => readlinkSync(`/proc/${pid}/cwd`));
  const words = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  return [...new Set([...mounts, cwd, ...words].filter((place) => isBelow(place, stateDir)))];
}

function isBelow(place: string, stateDir: string): boolean {
  return place.includes(`${stateDir}/`);
}

function read(from: () => string): string {
  try {
    return from();
  } catch {
    // The process has ended, or is not ours to look at.
    return '';
  }
}

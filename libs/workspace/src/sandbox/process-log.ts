import { closeSync, openSync, writeSync } from 'node:fs';

export interface ProcessLog {
  readonly write: (chunk: Uint8Array) => void;
  readonly close: () => void;
}

/** A log on the host that stops growing at `limitBytes` and says so in its last line. */
export function openLog(path: string, limitBytes: number): ProcessLog {
  const fd = openSync(path, 'a', 0o600);
  let written = 0;
  let open = true;
  const write = (chunk: Uint8Array): void => {
    if (!open || written > limitBytes) return;
    const room = limitBytes - written;
    written += chunk.length;
    writeSync(fd, chunk.subarray(0, room));
    if (chunk.length > room) writeSync(fd, `\n…log ended at ${String(limitBytes)} bytes…\n`);
  };
  const close = (): void => {
    if (open) closeSync(fd);
    open = false;
  };
  return { write, close };
}

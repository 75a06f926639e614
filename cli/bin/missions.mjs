#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const pinned = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
const [major = 0] = process.versions.node.split('.').map(Number);

if (!existsSync(main)) {
  process.stderr.write('missions is not set up yet. Run: npm run setup\n');
  process.exitCode = 1;
} else if (major >= 22) {
  await import('../dist/main.js');
} else if (existsSync(pinned)) {
  // The system's Node is too old; the one that came with the dependencies is not.
  const { status, signal } = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(`missions needs Node 22 or later; this is ${process.version}. Run: npm run setup\n`);
  process.exitCode = 1;
}

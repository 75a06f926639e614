import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../workspaces.mjs';
import { SetupError } from './setup-error.mjs';

const stampPath = join(root, 'node_modules', '.missions-setup');
const toolchainNode = join(root, 'node_modules', '.bin', 'node');
const installLimitMs = 20 * 60_000;
const progressEveryMs = 15_000;
const oldestNpm = 10;

/** Whether node_modules holds exactly what the lockfile names, for this platform. */
export async function isInstalled() {
  const expected = await stamp();
  if ((await readIfPresent(stampPath)) === expected) return true;
  if (!(await installedByHand())) return false;
  await writeFile(stampPath, expected);
  return true;
}

/** Runs `npm ci`. Rejects with a `SetupError` that names the cause and the next step. */
export async function installDependencies(say) {
  await refuseOldNpm();
  say('installing dependencies, once…');
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => say(`still installing (${seconds()} s)…`), progressEveryMs);
  try {
    const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    if (code !== 0) throw new SetupError(explain(output));
  } finally {
    clearInterval(progress);
  }
  await refuseMissingToolchain();
  await writeFile(stampPath, await stamp());
  say(`installed in ${seconds()} s`);
}

async function stamp() {
  const lock = await readFile(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  return `${digest} ${process.platform}-${process.arch}\n`;
}

/** A person's own `npm ci` leaves no stamp, but npm's hidden lockfile says what it put there. */
async function installedByHand() {
  const hidden = await readIfPresent(join(root, 'node_modules', '.package-lock.json'));
  if (hidden === undefined || !existsSync(toolchainNode)) return false;
  const present = JSON.parse(hidden).packages;
  const wanted = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.optional && !entry.devOptional)
    .every(([path, entry]) => path in present && present[path].version === entry.version);
}

async function refuseOldNpm() {
  const { code, output } = await npm(['--version']);
  const version = output.trim().split('\n').at(-1) ?? '';
  const major = Number(version.split('.')[0]);
  if (code === 0 && major >= oldestNpm) return;
  throw new SetupError(
    code === 0
      ? `npm ${version} is too old: npm ${oldestNpm} or later is needed. Try: npm install --global npm@11`
      : `npm does not start:\n${output}`,
  );
}

/** The pinned Node arrives by an install script; a machine that forbids scripts would silently use its own. */
async function refuseMissingToolchain() {
  const { code, output } = await run(toolchainNode, ['--version']);
  if (code === 0) return;
  throw new SetupError(
    `The pinned Node in node_modules does not start; are install scripts switched off (npm config get ignore-scripts)?\n${output}`,
  );
}

function npm(args) {
  const own = process.env.npm_execpath;
  const isNpm = own !== undefined && /npm-cli\.c?js$/.test(own);
  return isNpm ? run(process.execPath, [own, ...args]) : run('npm', args);
}

/** Output of both streams, in order; a command that cannot be started has code 127. */
function run(command, args) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: installLimitMs,
      env: { ...process.env, npm_config_update_notifier: 'false' },
    });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString('utf8');
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal === null ? output() : `${output()}\nended by ${signal}` }),
    );
  });
}

const causes = [
  { pattern: /ENOSPC|EDQUOT/, meaning: 'The disk is full; about 700 MB are needed.' },
  {
    pattern: /EACCES|EPERM|EROFS/,
    meaning: 'A file cannot be written; check who owns this checkout and the npm cache.',
  },
  {
    pattern: /EUSAGE/,
    meaning: 'package.json and package-lock.json disagree; run npm install and commit the lockfile.',
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|UND_ERR|E5\d\d/,
    meaning:
      'The npm registry cannot be reached; check network, proxy and `npm config get registry`, then run this again.',
  },
  { pattern: /ended by SIGTERM/, meaning: 'npm took longer than 20 minutes.' },
];

function explain(output) {
  const cause = causes.find(({ pattern }) => pattern.test(output))?.meaning ?? 'npm ci failed.';
  const tail = output.trim().split('\n').slice(-15).join('\n');
  return `${cause}\n${tail}`;
}

async function readIfPresent(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

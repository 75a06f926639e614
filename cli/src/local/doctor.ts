import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  blockingDirectory,
  installedTool,
  isPortFree,
  portHolder,
  postgresBinaries,
  prepareStateDirectory,
  type ToolName,
} from '@missions/local';
import { loadConfig, missionsConfigSchema, serviceNames, type MissionsConfig } from '@missions/runtime';
import { keyVariablesOf } from '../stack/service-variables.ts';
import { gitSearchPath } from '../wiring/git-search-path.ts';
import { knownBrowser } from '../wiring/known-browser.ts';
import type { Check, Examination } from './check.ts';
import { checkExternalAgents } from './check-external-agents.ts';
import { checkGit } from './check-git.ts';
import { checkSandbox, needsBubblewrap } from './check-sandbox.ts';
import { stackReport } from './stack-report.ts';

const run = promisify(execFile);

const PORT = 4747;
const OLDEST_NODE = 22;
/** Any user but root: what servers and sandboxes of a root stack run as. */
const OTHER_USER = { uid: 65_534, gid: 65_534 };

/** Everything that could keep missions from running here. Keys are looked for by name; no value is shown. */
export async function examine(given: Examination): Promise<readonly Check[]> {
  const { config, check } = await checkConfig(given);
  const sandbox = config?.sandbox ?? missionsConfigSchema.parse({}).sandbox;
  return [
    checkNode(),
    await checkGit(gitSearchPath, given.signal),
    checkTool('nats-server', given.stateDir),
    ...(needsBubblewrap(sandbox) ? [checkTool('bwrap', given.stateDir)] : []),
    checkState(given.stateDir),
    checkPostgres(given.stateDir),
    await checkSandbox(given, sandbox),
    await checkBrowser(given, config?.sandbox.browser),
    await checkTerminal(given.signal),
    check,
    ...(config === undefined ? [] : checkKeys(config, given.env)),
    ...(config === undefined ? [] : await checkExternalAgents(config, given)),
    ...(await checkStack(given)),
  ];
}

function checkNode(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const ok = major >= OLDEST_NODE;
  return check('node', ok, process.version, `Node ${String(OLDEST_NODE)} or later is needed: npm run setup`);
}

function checkTool(name: ToolName, stateDir: string): Check {
  const path = installedTool(name, { stateDir });
  if (path !== undefined) return check(name, true, path);
  const fix = 'missions up fetches it on Debian and Ubuntu; elsewhere install it';
  return { ...check(name, false, 'not installed', fix), optional: true };
}

function checkState(stateDir: string): Check {
  const name = 'state directory';
  const blocking = process.getuid?.() === 0 ? blockingDirectory(stateDir, OTHER_USER) : undefined;
  if (blocking !== undefined)
    return check(
      name,
      false,
      `${stateDir}: other users cannot pass ${blocking}`,
      `chmod o+x ${blocking}, or --state DIR`,
    );
  return attempt(name, 'choose another one with --state DIR', () => {
    prepareStateDirectory(stateDir);
    return stateDir;
  });
}

function checkPostgres(stateDir: string): Check {
  return attempt(
    'postgres',
    'npm ci, or use a running server: missions up --database-url URL --nats-url URL',
    () => {
      const { version } = postgresBinaries(stateDir);
      return `embedded, ${version}`;
    },
  );
}

/** Only contracts with a browser proof need one. */
async function checkBrowser({ stateDir, env }: Examination, configured: string | undefined): Promise<Check> {
  const known = await knownBrowser({ stateDir, env, configured });
  if (known) return check('browser', true, known.program);
  const fix = 'on Debian the first proof that needs it fetches it; elsewhere install Chromium or Chrome';
  return { ...check('browser', false, 'not installed', fix), optional: configured === undefined };
}

/** Only contracts with a `pty` proof, and testers that use a program on a terminal, need it. */
async function checkTerminal(signal: AbortSignal): Promise<Check> {
  const { stdout } = await run('script', ['--version'], { timeout: 10_000, signal }).catch(() => ({
    stdout: '',
  }));
  if (stdout.includes('util-linux')) return check('terminal', true, stdout.trim());
  const fix = 'install util-linux (on Debian the package bsdutils)';
  return { ...check('terminal', false, '`script` of util-linux is not on PATH', fix), optional: true };
}

async function checkConfig({
  env,
  cwd,
  config: file,
}: Examination): Promise<{ readonly config: MissionsConfig | undefined; readonly check: Check }> {
  try {
    const { config } = await loadConfig({ env, cwd, ...(file !== undefined && { file }) });
    const roles = Object.entries(config.models).flatMap(([role, choice]) =>
      choice ? [`${role}=${choice.use}`] : [],
    );
    const detail = roles.length === 0 ? 'no models are configured yet' : roles.join(' ');
    return { config, check: check('configuration', roles.length > 0, detail, 'missions init') };
  } catch (error) {
    return {
      config: undefined,
      check: check('configuration', false, messageOf(error), 'missions config show'),
    };
  }
}

function checkKeys(config: MissionsConfig, env: Examination['env']): readonly Check[] {
  const variables = new Set(serviceNames.flatMap((service) => keyVariablesOf(service, config)));
  return [...variables].map((variable) => {
    const present = env[variable] !== undefined && env[variable] !== '';
    const detail = present ? 'is set' : 'is not set';
    return check(`key ${variable}`, present, detail, `export ${variable}=…`);
  });
}

async function checkStack({ stateDir, signal }: Examination): Promise<readonly Check[]> {
  const report = await stackReport(stateDir, signal);
  if (report.state !== 'stopped' && report.state !== 'stale') {
    const dead = report.processes.filter(({ alive }) => !alive).map(({ name }) => name);
    const detail = dead.length === 0 ? `runs at ${report.apiUrl ?? '?'}` : `down: ${dead.join(', ')}`;
    const again = 'missions down, then missions up';
    return [
      check('services', dead.length === 0 && report.apiReady, detail, again),
      ...report.services.map(({ name, ready, detail: said, logFile }) =>
        check(`service ${name}`, ready, said, `read ${logFile}, or ${again}`),
      ),
    ];
  }
  const free = await isPortFree(PORT);
  const holder = free ? undefined : portHolder(PORT);
  const who = holder === undefined ? 'another process' : `pid ${String(holder.pid)} (${holder.command})`;
  return [
    check('services', true, 'not running; missions up starts them'),
    check(`port ${String(PORT)}`, free, free ? 'free' : `used by ${who}`, 'missions up --port N'),
  ];
}

function attempt(name: string, fix: string, look: () => string): Check {
  try {
    return check(name, true, look());
  } catch (error) {
    return check(name, false, messageOf(error), fix);
  }
}

function check(name: string, ok: boolean, detail: string, fix?: string): Check {
  return { name, ok, optional: false, detail, ...(!ok && fix !== undefined && { fix }) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

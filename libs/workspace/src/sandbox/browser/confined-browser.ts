import { DomainError } from '@missions/kernel';
import type { SandboxLimits, SandboxMount } from '../../sandbox.ts';
import type {
  AccessibilityViolation,
  BrowserOptions,
  PageAction,
  PageLimit,
  SandboxBrowser,
  SeenPage,
} from '../../sandbox-browser.ts';
import { engineProcesses, type Confinement, type LaunchedProcess } from '../confinement.ts';
import { LineConnection } from '../line-connection.ts';
import { browserMissing } from './browser-missing.ts';
import { browserMounts, type BrowserProgram } from './browser-program.ts';
import { axeScript, driverInside, playwrightEntry, prepareDriver } from './driver-files.ts';
import type { FindBrowser } from './host-browser.ts';

const openLimitMs = 30_000;
/** Ending takes as long as the trace takes to be written. */
const closeLimitMs = 30_000;
/** A driver that does not even say that the time is over has itself gone wrong. */
const answerAllowanceMs = 10_000;
/** Threads that one browser makes beyond what other programs of the engine do. */
const browserProcesses = 256;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const pngBytes = 8 * 1024 * 1024;

export interface BrowserParts {
  readonly find: FindBrowser | undefined;
  readonly stateDir: string;
}

interface OpenParts extends BrowserParts {
  readonly confinement: Confinement;
  readonly limits: SandboxLimits;
}

/** Starts browser and driver as one confined process of their own on the session's network. */
export async function openConfinedBrowser(
  parts: OpenParts,
  options: BrowserOptions,
): Promise<SandboxBrowser> {
  const { find, stateDir } = parts;
  if (!find) throw browserMissing('This sandbox was made without one.');
  const launched = await launch(parts, options, {
    found: await find(),
    driver: await prepareDriver(stateDir),
  });
  const browser = new ConfinedBrowser(launched, options.signal);
  try {
    await browser.ask('open', { timeoutMs: openLimitMs });
    return browser;
  } catch (error) {
    launched.kill();
    throw error;
  }
}

async function launch(
  { confinement, limits }: OpenParts,
  { trace = false }: BrowserOptions,
  { found, driver }: { readonly found: BrowserProgram; readonly driver: string },
): Promise<LaunchedProcess> {
  const driverMount: SandboxMount = { host: driver, inside: driverInside };
  const mounts = [driverMount, ...browserMounts(found)];
  const seen = (path: string): string => {
    const mount = mounts.find(({ host }) => path.startsWith(`${host}/`));
    return mount === undefined ? path : `${confinement.shown(mount)}${path.slice(mount.host.length)}`;
  };
  const { node, scripts } = confinement.paths;
  const setting = {
    program: seen(found.program),
    libraries: found.libraries.map(seen),
    fonts: found.fonts.map(seen),
    playwright: `${confinement.shown(driverMount)}/${playwrightEntry}`,
    axe: `${confinement.shown(driverMount)}/${axeScript}`,
    trace,
  };
  return confinement.launch({
    argv: [node, `${scripts}/browser-driver.js`, JSON.stringify(setting)],
    ...{ cwd: '/', env: {}, stdin: 'stream', view: 'apart', mounts },
    processes: limits.processes + engineProcesses + browserProcesses,
  });
}

interface Reply {
  readonly value?: unknown;
  readonly refusal?: { readonly code: string; readonly message: string };
}

class ConfinedBrowser implements SandboxBrowser {
  private readonly connection: LineConnection;
  private closing: Promise<Uint8Array | undefined> | undefined;

  constructor(
    private readonly process: LaunchedProcess,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.connection = new LineConnection(process, 'browser');
    const kill = (): void => {
      process.kill();
    };
    signal?.addEventListener('abort', kill, { once: true });
    void process.ended.then(() => signal?.removeEventListener('abort', kill));
    if (signal?.aborted) kill();
  }

  async act(action: PageAction, limit: PageLimit): Promise<void> {
    await this.ask('act', { ...limit, ...action });
  }

  async look(limit: PageLimit): Promise<SeenPage> {
    return (await this.ask('look', limit)) as SeenPage;
  }

  async screenshot(limit: PageLimit): Promise<Uint8Array> {
    const png = bytesOf(await this.ask('screenshot', limit)) ?? Buffer.alloc(0);
    if (png.length <= pngBytes && png.subarray(0, pngSignature.length).equals(pngSignature)) return png;
    throw new DomainError('PAGE_SILENT', 'The page gave no picture that could be kept.');
  }

  async checkAccessibility(limit: PageLimit): Promise<readonly AccessibilityViolation[]> {
    return (await this.ask('accessibility', limit)) as readonly AccessibilityViolation[];
  }

  close(): Promise<Uint8Array | undefined> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** Rejects with what the driver refused, with `SANDBOX_FAULT` when browser or driver are gone, or as the signal says. */
  async ask(operation: string, { signal, ...request }: PageLimit & Partial<PageAction>): Promise<unknown> {
    signal?.throwIfAborted();
    const kill = (): void => {
      this.process.kill();
    };
    signal?.addEventListener('abort', kill, { once: true });
    try {
      const limitMs = request.timeoutMs + answerAllowanceMs;
      const { refusal, value } = (await this.connection.ask({ operation, request }, limitMs)) as Reply;
      if (refusal)
        throw new DomainError(refusal.code, refusal.message, {
          action: request.action,
          reason: refusal.message,
        });
      return value;
    } catch (error) {
      signal?.throwIfAborted();
      this.signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', kill);
    }
  }

  private async end(): Promise<Uint8Array | undefined> {
    try {
      return bytesOf(await this.ask('close', { timeoutMs: closeLimitMs }));
    } catch {
      return undefined; // It fell over before: there is nothing left to end or to give.
    } finally {
      this.process.kill();
      await this.process.ended;
    }
  }
}

function bytesOf(value: unknown): Buffer | undefined {
  const base64 = (value as { readonly base64?: unknown } | undefined)?.base64;
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
}

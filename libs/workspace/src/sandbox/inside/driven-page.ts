import { writeFile } from 'node:fs/promises';
import type * as Playwright from 'playwright-core';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';

export interface DriverOptions {
  /** The browser's program, and where its own libraries and fonts lie. */
  readonly program: string;
  readonly libraries: readonly string[];
  readonly fonts: readonly string[];
  /** A directory for the browser's own files. */
  readonly scratch: string;
  readonly trace: boolean;
}

/** A browser with its one page, and what the page did besides what it was asked for. */
export interface DrivenPage {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** The browser's own protocol, for what is to be read without the page's scripts. */
  readonly protocol: CDPSession;
  readonly happened: Happened;
  readonly scratch: string;
  readonly trace: boolean;
}

export interface Happened {
  status: number | undefined;
  consoleErrorCount: number;
  readonly consoleErrors: string[];
  readonly dialogs: string[];
  readonly refused: string[];
  /** What was put into fields since the page was loaded. */
  readonly typed: string[];
  crashed: boolean;
}

const keptErrors = 50;
const keptCharacters = 1_000;
const launchLimitMs = 25_000;

const flags = [
  // The sandbox around the browser is the sandbox; it has no namespaces to give away, and no graphics.
  ...['--no-sandbox', '--disable-gpu', '--disable-breakpad', '--no-pings', '--disable-crash-reporter'],
  // Where there is more than loopback, names of other machines lead nowhere.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
];

export async function openPage({ chromium }: typeof Playwright, options: DriverOptions): Promise<DrivenPage> {
  const { program, scratch, trace } = options;
  const browser = await chromium.launch({
    executablePath: program,
    chromiumSandbox: false,
    args: flags,
    env: await environment(options),
    timeout: launchLimitMs,
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
    ...(trace && { tracesDir: `${scratch}/traces` }),
  });
  const context = await browser.newContext({
    acceptDownloads: false,
    locale: 'en-US',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 800 },
  });
  if (trace) await context.tracing.start({ screenshots: true, snapshots: true });
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  return { browser, context, page, protocol, scratch, trace, happened: watch(context, page) };
}

async function environment({ libraries, fonts, scratch }: DriverOptions): Promise<Record<string, string>> {
  const configuration = `${scratch}/fonts.conf`;
  const folders = ['/usr/share/fonts', '/usr/local/share/fonts', ...fonts];
  const lines = folders.map((folder) => `<dir>${folder}</dir>`);
  const cache = `<cachedir>${scratch}/font-cache</cachedir>`;
  await writeFile(configuration, `<?xml version="1.0"?><fontconfig>${lines.join('')}${cache}</fontconfig>\n`);
  return {
    ...(libraries.length > 0 && { LD_LIBRARY_PATH: libraries.join(':') }),
    ...{ HOME: scratch, TMPDIR: scratch, XDG_CONFIG_HOME: scratch, XDG_CACHE_HOME: scratch },
    ...{ FONTCONFIG_FILE: configuration, LANG: 'C.UTF-8', PATH: '/usr/local/bin:/usr/bin:/bin' },
  };
}

function watch(context: BrowserContext, page: Page): Happened {
  const happened: Happened = {
    ...{ status: undefined, consoleErrorCount: 0, crashed: false },
    ...{ consoleErrors: [], dialogs: [], refused: [], typed: [] },
  };
  const failed = (text: string): void => {
    happened.consoleErrorCount += 1;
    keep(happened.consoleErrors, text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') failed(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => {
    failed(`uncaught: ${error.message}`);
  });
  page.on('domcontentloaded', () => happened.typed.splice(0));
  page.on('crash', () => (happened.crashed = true));
  page.on('response', (response) => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame())
      happened.status = response.status();
  });
  // A person would read it and go on.
  page.on('dialog', (dialog) => {
    keep(happened.dialogs, dialog.message());
    dialog.accept().catch(() => undefined); // The page may be gone.
  });
  page.on('download', (download) => {
    keep(happened.refused, `a download of ${download.url()}`);
  });
  context.on('page', (other) => {
    if (other === page) return;
    keep(happened.refused, `another page at ${other.url()}`);
    other.close().catch(() => undefined); // It may be gone already.
  });
  return happened;
}

/** The newest, each cut. */
function keep(list: string[], text: string): void {
  list.push(text.slice(0, keptCharacters).toWellFormed());
  if (list.length > keptErrors) list.shift();
}

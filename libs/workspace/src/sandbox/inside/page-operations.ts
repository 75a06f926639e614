import { readFile, stat } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import type { DrivenPage } from './driven-page.ts';
import { pageTextExpression, type PageText } from './page-text.ts';
import { inTime, PageRefusal } from './page-refusal.ts';

const textCharacters = 64 * 1024;
const traceBytes = 16 * 1024 * 1024;
const loadLimitMs = 5_000;
const loadPauseMs = 50;
const traceLimitMs = 5_000;
const closeLimitMs = 5_000;
const shownViolations = 100;
const shownPlaces = 5;
const world = 'missions';

interface Timed {
  readonly timeoutMs: number;
}

interface Action extends Timed {
  readonly action: string;
  readonly url?: string;
  readonly target?: Readonly<Record<string, string>>;
  readonly value?: string;
}

type Operation = (request: never) => Promise<unknown>;

export function pageOperations(driven: DrivenPage, axe: string): Readonly<Record<string, Operation>> {
  return {
    open: () => Promise.resolve({ version: driven.browser.version() }),
    act: (request: Action) => act(driven, request),
    look: ({ timeoutMs }: Timed) => steadily(driven, timeoutMs, () => look(driven)),
    screenshot: ({ timeoutMs }: Timed) => screenshot(driven, timeoutMs),
    accessibility: ({ timeoutMs }: Timed) => steadily(driven, timeoutMs, () => violations(driven, axe)),
    close: () => close(driven),
  };
}

async function act(driven: DrivenPage, action: Action): Promise<void> {
  const { happened, browser } = driven;
  happened.dialogs.splice(0);
  if (/^(fill|select)$/.test(action.action)) happened.typed.push(action.value ?? '');
  try {
    await carryOut(driven, action);
  } catch (error) {
    if (error instanceof PageRefusal) throw error;
    if (happened.crashed || !browser.isConnected())
      throw new PageRefusal('SANDBOX_FAULT', `The browser fell over: ${messageOf(error)}`);
    throw new PageRefusal('PAGE_ACTION', messageOf(error));
  }
}

async function carryOut(
  driven: DrivenPage,
  { action, url = '', target, value = '', timeoutMs }: Action,
): Promise<void> {
  const { page } = driven;
  const timeout = { timeout: timeoutMs };
  const chosen = () => locate(page, target ?? {});
  switch (action) {
    case 'goto':
      return goTo(driven, url, timeoutMs);
    case 'reload':
      await page.reload(timeout);
      return;
    case 'click':
      return chosen().click(timeout);
    case 'fill':
      return chosen().fill(value, timeout);
    case 'press':
      return target ? chosen().press(value, timeout) : inTime(page.keyboard.press(value), timeoutMs);
    case 'select':
      await chosen().selectOption(value, timeout);
      return;
    case 'check':
      return chosen().check(timeout);
    case 'uncheck':
      return chosen().uncheck(timeout);
    case 'wait':
      return target ? chosen().waitFor(timeout) : undefined;
    case 'hover':
      return chosen().hover(timeout);
    default:
      throw new PageRefusal('PAGE_ACTION', `There is no action ${action}.`);
  }
}

/**
 * By the browser's own protocol: Playwright refuses a navigation while one that failed is still showing its error, and a
 * page that leads elsewhere while it loads.
 */
async function goTo(driven: DrivenPage, url: string, timeoutMs: number): Promise<void> {
  const { protocol } = driven;
  const { errorText } = await inTime(protocol.send('Page.navigate', { url }), timeoutMs);
  if (errorText !== undefined) throw new PageRefusal('PAGE_ACTION', `${errorText} at ${url}`);
  // A page that never finishes loading is there all the same.
  await isDone(
    steadily(driven, loadLimitMs, () => loaded(protocol)),
    Math.min(timeoutMs, loadLimitMs),
  );
}

async function loaded(protocol: DrivenPage['protocol']): Promise<void> {
  const deadline = performance.now() + loadLimitMs;
  while (performance.now() < deadline) {
    const { frameTree } = await protocol.send('Page.getFrameTree');
    if ((await evaluateApart(protocol, frameTree.frame.id, 'document.readyState')) === 'complete') return;
    await new Promise((resolve) => setTimeout(resolve, loadPauseMs));
  }
}

/** What is hidden is passed over; a person takes the first of several that say the same. */
function locate(
  page: Page,
  { role, name, label, text, placeholder, css }: Readonly<Record<string, string>>,
): Locator {
  return found().filter({ visible: true }).first();

  function found(): Locator {
    if (role !== undefined)
      return page.getByRole(role as Parameters<Page['getByRole']>[0], name === undefined ? {} : { name });
    if (label !== undefined) return page.getByLabel(label);
    if (placeholder !== undefined) return page.getByPlaceholder(placeholder);
    if (text !== undefined) return page.getByText(text);
    return page.locator(`css=${css ?? ''}`);
  }
}

/** A page that is left while it is read takes its frames along; the one that comes is read then. */
async function steadily<T>(driven: DrivenPage, timeoutMs: number, read: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await inTime(read(), Math.max(1, deadline - performance.now()));
    } catch (error) {
      requireStanding(driven);
      if (error instanceof PageRefusal) throw error;
      if (performance.now() >= deadline) throw new PageRefusal('PAGE_SILENT', messageOf(error));
      await new Promise((resolve) => setTimeout(resolve, loadPauseMs));
    }
  }
}

async function look(driven: DrivenPage): Promise<object> {
  const { page, happened } = driven;
  requireStanding(driven);
  const { url, texts } = await readFrames(driven);
  const shown = [...texts.map((text) => text.shown), ...happened.dialogs].join('\n');
  const written = [...texts.map((text) => text.written), ...happened.dialogs].join('\n');
  const { status, consoleErrors, consoleErrorCount, refused } = happened;
  return {
    ...{ url: url.slice(0, 2_000), title: (await page.title()).slice(0, 1_000) },
    text: shown.slice(0, textCharacters),
    ...(written !== shown && { writtenText: written.slice(0, textCharacters) }),
    ...{ status, consoleErrors, consoleErrorCount, refused },
  };
}

/** Each frame is read in a world of its own, where the page's scripts have nothing to say. */
async function readFrames({
  protocol,
  happened,
}: DrivenPage): Promise<{ readonly url: string; readonly texts: readonly PageText[] }> {
  const { frameTree } = await protocol.send('Page.getFrameTree');
  const expression = pageTextExpression(textCharacters, happened.typed);
  const texts: PageText[] = [];
  const pending = [frameTree];
  for (let tree = pending.shift(); tree; tree = pending.shift()) {
    pending.push(...(tree.childFrames ?? []));
    texts.push((await evaluateApart(protocol, tree.frame.id, expression)) as PageText);
  }
  const { url, urlFragment = '' } = frameTree.frame;
  return { url: url + urlFragment, texts };
}

async function evaluateApart(
  protocol: DrivenPage['protocol'],
  frameId: string,
  expression: string,
): Promise<unknown> {
  const { executionContextId } = await protocol.send('Page.createIsolatedWorld', {
    frameId,
    worldName: world,
  });
  const { result, exceptionDetails } = await protocol.send('Runtime.evaluate', {
    ...{ expression, contextId: executionContextId },
    ...{ returnByValue: true, awaitPromise: true },
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

async function screenshot(driven: DrivenPage, timeoutMs: number): Promise<object> {
  requireStanding(driven);
  const taken = driven.page.screenshot({ type: 'png', animations: 'disabled', timeout: timeoutMs });
  const png = await inTime(taken, timeoutMs).catch((error: unknown) => {
    requireStanding(driven);
    throw new PageRefusal('PAGE_SILENT', messageOf(error));
  });
  return { base64: png.toString('base64') };
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact?: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[] }[];
  }[];
}

async function violations(driven: DrivenPage, axe: string): Promise<readonly object[]> {
  requireStanding(driven);
  const { frameTree } = await driven.protocol.send('Page.getFrameTree');
  const options = '{ resultTypes: ["violations"], iframes: false }';
  const expression = `(async () => { ${axe}; return await axe.run(document, ${options}); })()`;
  const results = (await evaluateApart(driven.protocol, frameTree.frame.id, expression)) as AxeResults;
  return results.violations.slice(0, shownViolations).map(({ id, impact, help, nodes }) => ({
    ...{ rule: id, impact: impact ?? 'unknown', help, count: nodes.length },
    where: nodes.slice(0, shownPlaces).map(({ target }) => target.map(String).join(' ').slice(0, 200)),
  }));
}

/** The trace where one was kept and is not too large; a page that is busy for ever keeps it back. */
async function close({ browser, context, scratch, trace }: DrivenPage): Promise<object> {
  const path = `${scratch}/trace.zip`;
  const written = trace && (await isDone(context.tracing.stop({ path }), traceLimitMs));
  await isDone(browser.close(), closeLimitMs);
  if (!written || (await stat(path)).size > traceBytes) return {};
  return { base64: (await readFile(path)).toString('base64') };
}

async function isDone(work: Promise<void>, limitMs: number): Promise<boolean> {
  return inTime(work, limitMs).then(
    () => true,
    () => false,
  );
}

function requireStanding({ happened, browser }: DrivenPage): void {
  if (happened.crashed || !browser.isConnected())
    throw new PageRefusal('SANDBOX_FAULT', 'The browser fell over.');
}

/** Playwright's message without the colours of a terminal. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // eslint-disable-next-line no-control-regex -- an escape sequence begins with a control character
  return text.replace(/\u001B\[[0-9;]*m/g, '');
}

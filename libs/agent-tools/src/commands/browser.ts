import type { Tool, ToolContext, ToolResult } from '@missions/agent';
import { delay, isRefusal } from '@missions/kernel';
import { browserStepSchema, type BrowserStep } from '@missions/mission';
import type { PageLimit, SandboxBrowser, SandboxSession, SeenPage } from '@missions/workspace';
import { citing, keepEvidence, type Capture } from '../evidence.ts';
import { headAndTail } from '../output-limits.ts';
import { orFailRun } from '../sandbox-faults.ts';

const actionLimitMs = 10_000;
const lookLimitMs = 5_000;
/** What a click sets off is seen a moment later. */
const settleMs = 500;
const waitMs = 2_000;

const input = browserStepSchema.omit({ expected: true });

type BrowserInput = Omit<BrowserStep, 'expected'>;

export interface BrowserParts extends Capture {
  readonly session: Pick<SandboxSession, 'openBrowser'>;
}

/** One page of a real browser, open for the whole run; every call shows what a person would see after it. */
export function browserTool(parts: BrowserParts): Tool<BrowserInput> {
  const page = new OpenPage(parts);
  return {
    name: 'browser',
    description:
      'Acts on one page of a real browser, which stays open, as a user of the product would, and shows what is then to be read on it. ' +
      'A target is what a user would point at: {role, name}, {label}, {text}, {placeholder}, else {css}. ' +
      '`goto` needs url; `fill`, `select` and `press` need value; `wait` waits for its target, or two seconds; ' +
      '`screenshot` only looks; `accessibility` lists what axe-core finds. Every call keeps a picture as evidence.',
    input,
    effect: 'write',
    execute: (step, context) => page.take(step, context),
  };
}

class OpenPage {
  private browser: SandboxBrowser | undefined;

  constructor(private readonly parts: BrowserParts) {}

  async take(step: BrowserInput, context: ToolContext): Promise<ToolResult> {
    try {
      this.browser ??= await orFailRun(this.parts.session.openBrowser());
      return await this.observed(this.browser, step, context);
    } catch (error) {
      if (!isRefusal(error) || error.code !== 'SANDBOX_FAULT') throw error;
      await this.browser?.close();
      this.browser = undefined;
      return {
        content: `${error.message}\nThe browser is gone; the next call opens a new one.`,
        isError: true,
      };
    }
  }

  private async observed(
    browser: SandboxBrowser,
    step: BrowserInput,
    context: ToolContext,
  ): Promise<ToolResult> {
    const { signal, callId } = context;
    const command = commandOf(step);
    const came = await carryOut(browser, step, signal);
    const seen = await tried(browser.look({ timeoutMs: lookLimitMs, signal }));
    const shown = [came, typeof seen === 'string' ? seen : describe(seen)]
      .filter((part) => part !== '')
      .join('\n');
    const content = headAndTail(this.parts.redactor.redact(shown));
    const { kind, artifact } = await this.keep(browser, content, signal);
    const captured = { kind, command, ...(artifact !== undefined && { artifact }) };
    return { content: content + citing(callId, artifact), captured };
  }

  /** A picture where the page gives one, else what was told of it. */
  private async keep(
    browser: SandboxBrowser,
    content: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: string; readonly artifact: string | undefined }> {
    const { evidence } = this.parts;
    if (!evidence) return { kind: 'page', artifact: undefined };
    const png = await tried(browser.screenshot({ timeoutMs: lookLimitMs, signal }));
    if (typeof png === 'string')
      return { kind: 'page', artifact: await keepEvidence(this.parts, content, 'text/plain') };
    return { kind: 'screenshot', artifact: (await evidence.put(png, { mediaType: 'image/png' })).digest };
  }
}

/** What is to be told of the action itself; nothing where the page let it happen. */
async function carryOut(browser: SandboxBrowser, step: BrowserInput, signal: AbortSignal): Promise<string> {
  const limit: PageLimit = { timeoutMs: actionLimitMs, signal };
  const { action, url, target, value } = step;
  if (action === 'screenshot') return '';
  if (action === 'accessibility') {
    const found = await tried(browser.checkAccessibility(limit));
    return typeof found === 'string' ? found : JSON.stringify(found, undefined, 1);
  }
  const refused = await tried(browser.act({ action, url, target, value }, limit));
  await delay(action === 'wait' && !target ? waitMs : settleMs, signal);
  return refused ?? '';
}

/** That the page does not let something happen, or does not answer, is an observation like any other. */
async function tried<Value>(work: Promise<Value>): Promise<Value | string> {
  try {
    return await work;
  } catch (error) {
    if (isRefusal(error) && (error.code === 'PAGE_ACTION' || error.code === 'PAGE_SILENT'))
      return error.message;
    throw error;
  }
}

function describe({ url, title, status, text, consoleErrors, consoleErrorCount, refused }: SeenPage): string {
  return [
    `${url}${status === undefined ? '' : ` (status ${String(status)})`}`,
    `title: ${title}`,
    ...(consoleErrorCount === 0
      ? []
      : [`errors on the console: ${String(consoleErrorCount)}`, ...consoleErrors]),
    ...refused.map((what) => `it was not let ${what}`),
    '',
    text,
  ].join('\n');
}

function commandOf({ action, url, target, value }: BrowserInput): string {
  const parts = [
    action,
    url,
    target && JSON.stringify(target),
    value === undefined ? value : JSON.stringify(value),
  ];
  return parts
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 4_000);
}

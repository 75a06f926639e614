import { delay, isRefusal } from '@missions/kernel';
import type { BrowserStep, Expectation } from '@missions/mission';
import type { PageAction, PageLimit, PageTarget, SandboxBrowser } from '@missions/workspace';
import { checkExpectation, type Checked } from './check-expectation.ts';
import type { ObservedPage } from './page-expectation.ts';
import type { ProofExecution } from './proof-execution.ts';

/** What is shown has to stay: a page that takes back what it showed, or shows an error a moment later, does not work. */
const heldMs = 400;
const lookPauseMs = 100;
const lookLimitMs = 5_000;
const leastLookMs = 1_000;
/** The least a step may wait, and its share of the proof's time. */
const leastStepMs = 5_000;
const stepShare = 0.25;
const keptText = 4_000;

interface SeenStep extends Omit<ObservedPage, 'kind' | 'writtenText'> {
  readonly step: string;
}

interface Settled {
  readonly page: ObservedPage | string;
  readonly checked: Checked;
}

/** Takes the steps of a `browser` proof on one page, and keeps what each showed. */
export class PageWalk {
  readonly seen: SeenStep[] = [];
  private violations: number | undefined;

  constructor(
    private readonly execution: ProofExecution,
    private readonly browser: SandboxBrowser,
  ) {}

  /** Carries the step out and waits, for a share of the proof's time, until the page is as all expectations want it. */
  async take(step: BrowserStep, wanted: readonly Expectation[]): Promise<Checked> {
    const name = stepName(step);
    const deadline = performance.now() + this.stepMs;
    const refusal = await this.carryOut(step, deadline);
    const { page, checked } =
      refusal === undefined ? await this.settle(wanted, deadline) : await this.stay(refusal);
    if (typeof page !== 'string') {
      this.remember(name, page);
      await this.keepPicture(name);
    }
    return {
      ok: checked.ok,
      observed: `${name}: ${this.execution.redact(checked.observed)}`,
      expected: `${name}: ${checked.expected}`,
    };
  }

  private get stepMs(): number {
    const { leftMs, assertion } = this.execution;
    return Math.min(leftMs, Math.max(leastStepMs, assertion.proof.timeoutSec * 1_000 * stepShare));
  }

  /** Why the page did not let it happen. */
  private async carryOut(step: BrowserStep, deadline: number): Promise<string | undefined> {
    try {
      if (step.action === 'accessibility') await this.checkAccessibility(deadline);
      else if (step.action !== 'screenshot') await this.browser.act(actionOf(step), this.until(deadline));
      return undefined;
    } catch (error) {
      if (isOfPage(error)) return firstLines(error.message);
      throw error;
    }
  }

  /** The page as it is after what it did not let happen. */
  private async stay(refusal: string): Promise<Settled> {
    const page = await this.look(lookLimitMs);
    const { observed } = this.check(page, []);
    return {
      page,
      checked: { ok: false, observed: `${refusal}\n${observed}`, expected: 'the page lets it happen' },
    };
  }

  private async checkAccessibility(deadline: number): Promise<void> {
    const found = await this.browser.checkAccessibility(this.until(deadline));
    this.violations = found.length;
    const text = this.execution.redact(JSON.stringify(found, undefined, 2));
    await this.execution.keep(text, 'application/json', { kind: 'accessibility' });
  }

  /** Looks until the page has been as it is wanted for a moment, or the time of the step is over. */
  private async settle(wanted: readonly Expectation[], deadline: number): Promise<Settled> {
    let heldSince: number | undefined;
    for (;;) {
      const page = await this.look(
        Math.min(lookLimitMs, Math.max(leastLookMs, deadline - performance.now())),
      );
      const checked = this.check(page, wanted);
      const now = performance.now();
      heldSince = checked.ok ? (heldSince ?? now) : undefined;
      if (heldSince === undefined ? now >= deadline : now - heldSince >= heldMs) return { page, checked };
      await delay(lookPauseMs, this.execution.signal);
    }
  }

  private check(page: ObservedPage | string, wanted: readonly Expectation[]): Checked {
    if (typeof page === 'string') return { ok: false, observed: page, expected: 'a page that answers' };
    const all = wanted.map((expectation) => checkExpectation(page, expectation));
    const expected = [...new Set(all.map((one) => one.expected))].filter((text) => text !== 'any answer');
    return {
      ok: all.every(({ ok }) => ok),
      observed: checkExpectation(page, {}).observed,
      expected: expected.join('; ') || 'a page that answers',
    };
  }

  /** The page, or in words that it does not answer. */
  private async look(timeoutMs: number): Promise<ObservedPage | string> {
    try {
      const page = await this.browser.look({ timeoutMs, signal: this.execution.signal });
      return { kind: 'page', ...page, violations: this.violations };
    } catch (error) {
      if (isOfPage(error)) return error.message;
      throw error;
    }
  }

  private remember(step: string, { kind: _, writtenText: __, ...page }: ObservedPage): void {
    this.seen.push({ step, ...page, text: page.text.slice(0, keptText).toWellFormed() });
  }

  /** Without one the walk goes on: what the page showed is kept as text. */
  private async keepPicture(name: string): Promise<void> {
    const limit = { timeoutMs: lookLimitMs, signal: this.execution.signal };
    const png = await this.browser.screenshot(limit).catch((error: unknown) => {
      if (isOfPage(error)) return undefined;
      throw error;
    });
    const command = this.execution.redact(name);
    if (png) await this.execution.keepBytes(png, 'image/png', { kind: 'screenshot', command });
  }

  private until(deadline: number): PageLimit {
    return {
      timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())),
      signal: this.execution.signal,
    };
  }
}

function actionOf({ action, ...step }: BrowserStep): PageAction {
  if (action === 'screenshot' || action === 'accessibility')
    throw new Error(`${action} is nothing a page does.`);
  const { url, target, value } = step;
  return { action, url, target, value };
}

/** What the page did or did not do, and no fault of the browser. */
function isOfPage(error: unknown): error is Error {
  return isRefusal(error) && (error.code === 'PAGE_ACTION' || error.code === 'PAGE_SILENT');
}

/** What Playwright says first is what went wrong; its log of attempts follows. */
function firstLines(message: string): string {
  return message.split('\n').slice(0, 4).join('\n');
}

function stepName({ action, url, target, value }: BrowserStep): string {
  return [action, url ?? targetName(target), value === undefined ? '' : JSON.stringify(value)]
    .filter((part) => part !== '')
    .join(' ');
}

function targetName(target: PageTarget | undefined): string {
  if (!target) return '';
  if ('role' in target)
    return target.name === undefined ? target.role : `${target.role} ${JSON.stringify(target.name)}`;
  const [[kind, name] = ['', '']] = Object.entries(target);
  return `${kind} ${JSON.stringify(name)}`;
}

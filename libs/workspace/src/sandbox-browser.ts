/** A real browser with one page, driven from outside the product: it shares the session's network and nothing else with it. */
export interface SandboxBrowser {
  /**
   * Carries out one action and waits until the page allowed it. Refuses with `PAGE_ACTION` when it did not in time
   * (evidence: action, reason); with `SANDBOX_FAULT` when the browser itself ended, which says nothing about the product.
   */
  readonly act: (action: PageAction, limit: PageLimit) => Promise<void>;
  /** What a person sees now; changes nothing. Refuses with `PAGE_SILENT` when the page does not answer in time. */
  readonly look: (limit: PageLimit) => Promise<SeenPage>;
  /** A PNG of what is in view. Refuses with `PAGE_SILENT`. */
  readonly screenshot: (limit: PageLimit) => Promise<Uint8Array>;
  /** What axe-core finds wrong with the page as it is. Refuses with `PAGE_SILENT`. */
  readonly checkAccessibility: (limit: PageLimit) => Promise<readonly AccessibilityViolation[]>;
  /**
   * Ends the browser and gives its trace, where one was asked for and is no larger than 16 MiB: a zip archive that
   * Playwright's trace viewer opens. What it holds is not redacted. Idempotent; closing the session ends the browser too.
   */
  readonly close: () => Promise<Uint8Array | undefined>;
}

export interface BrowserOptions {
  /** Records all that happens, for `close` to give. */
  readonly trace?: boolean;
  readonly signal?: AbortSignal;
}

export interface PageLimit {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type PageActionName =
  'goto' | 'click' | 'fill' | 'press' | 'select' | 'check' | 'uncheck' | 'hover' | 'wait' | 'reload';

/**
 * `url` belongs to `goto`; `value` is what is filled in, selected, or the key that is pressed. `wait` waits until the target
 * is shown, and without one for nothing.
 */
export interface PageAction {
  readonly action: PageActionName;
  readonly url?: string | undefined;
  /** For `press` where absent: whatever has the focus. */
  readonly target?: PageTarget | undefined;
  readonly value?: string | undefined;
}

/**
 * What a person would point at; a selector where nothing else tells it. Names and texts contain what is given, in upper or
 * lower case; of several that fit, the first one shown.
 */
export type PageTarget =
  | { readonly role: string; readonly name?: string | undefined }
  | { readonly label: string }
  | { readonly text: string }
  | { readonly placeholder: string }
  | { readonly css: string };

/** A page as a person has it before them, bounded in all parts; hostile text, not redacted. */
export interface SeenPage {
  readonly url: string;
  readonly title: string;
  /**
   * The text that is shown, of dialogs that opened since the last action too, and what stands in fields, but for what was
   * put there by `fill` and `select` since the page was loaded: that shows nothing of what the page does.
   */
  readonly text: string;
  /** The same without the upper and lower case that a style gave it; absent where that changes nothing. */
  readonly writtenText?: string | undefined;
  /** Of the answer to the newest navigation. */
  readonly status?: number | undefined;
  /** Errors on the console and uncaught ones since the browser was opened, the newest kept. */
  readonly consoleErrors: readonly string[];
  readonly consoleErrorCount: number;
  /** What the page tried and was not let: other pages, downloads. */
  readonly refused: readonly string[];
}

export interface AccessibilityViolation {
  /** The rule's name in axe-core. */
  readonly rule: string;
  readonly impact: string;
  readonly help: string;
  /** How many elements break it, and selectors of the first ones. */
  readonly count: number;
  readonly where: readonly string[];
}

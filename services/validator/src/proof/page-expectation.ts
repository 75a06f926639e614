import type { Expectation } from '@missions/mission';
import type { SeenPage } from '@missions/workspace';

/** What a person sees of a page, and what the newest accessibility check found. */
export interface ObservedPage extends SeenPage {
  readonly kind: 'page';
  /** Undefined where no check was made. */
  readonly violations: number | undefined;
}

interface Part {
  readonly ok: boolean;
  readonly expected: string;
}

/** How a page meets each part of an expectation; white space counts as one blank, as a person sees it. */
export function pageParts(page: ObservedPage, expected: Expectation): readonly Part[] {
  return [
    ...(expected.visible ?? []).map((text) => shows(page, text)),
    ...(expected.text === undefined ? [] : [shows(page, expected.text)]),
    ...(expected.hidden ?? []).map((text) => ({
      ok: !reads(page, text),
      expected: `the page does not show ${JSON.stringify(text)}`,
    })),
    ...contains('title', page.title, expected.title),
    ...contains('address', page.url, expected.url),
    ...(expected.status === undefined
      ? []
      : [{ ok: page.status === expected.status, expected: `status ${expected.status}` }]),
    ...atMost('errors on the console', page.consoleErrorCount, expected.consoleErrors),
    ...atMost('violations of accessibility', page.violations, expected.violations),
  ];
}

function shows(page: ObservedPage, text: string): Part {
  return { ok: reads(page, text), expected: `the page shows ${JSON.stringify(text)}` };
}

/** A style may change the case of what is written; a contract may name either. */
function reads({ text, writtenText = '' }: SeenPage, wanted: string): boolean {
  return [text, writtenText].some((shown) => blanks(shown).includes(blanks(wanted)));
}

function blanks(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function contains(what: string, actual: string, expected: string | undefined): readonly Part[] {
  if (expected === undefined) return [];
  return [{ ok: actual.includes(expected), expected: `the ${what} contains ${JSON.stringify(expected)}` }];
}

function atMost(what: string, actual: number | undefined, most: number | undefined): readonly Part[] {
  if (most === undefined) return [];
  return [{ ok: actual !== undefined && actual <= most, expected: `at most ${most} ${what}` }];
}

const shownCharacters = 1_200;
const shownErrors = 3;

export function describePage(page: ObservedPage): string {
  const { url, title, status, text, consoleErrors, consoleErrorCount, violations, refused } = page;
  const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters).toWellFormed()}…` : text;
  return [
    `${url}${status === undefined ? '' : ` (status ${status})`} ${JSON.stringify(title)}`,
    shown === '' ? 'shows nothing' : `shows ${JSON.stringify(shown)}`,
    ...(consoleErrorCount === 0
      ? []
      : [`${consoleErrorCount} errors on the console: ${consoleErrors.slice(0, shownErrors).join(' | ')}`]),
    ...(violations === undefined ? [] : [`${violations} violations of accessibility`]),
    ...refused.map((what) => `it was not let ${what}`),
  ].join('; ');
}

import type * as Playwright from 'playwright-core';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { openPage, type DriverOptions } from './driven-page.ts';
import { pageOperations } from './page-operations.ts';
import { refusalOf } from './page-refusal.ts';

/**
 * Drives one page of one browser for whoever writes to its standard input, one JSON object a line:
 * `{id, operation, request}` → `{id, value | refusal}`, one after the other. The first request opens the browser.
 */
interface Setting extends Omit<DriverOptions, 'scratch'> {
  /** Where playwright-core lies, and axe-core's script. */
  readonly playwright: string;
  readonly axe: string;
}

const setting = JSON.parse(process.argv[2] ?? '') as Setting;
const playwright = (await import(pathToFileURL(setting.playwright).href)) as typeof Playwright;
const axe = await readFile(setting.axe, 'utf8');
const scratch = await mkdtemp(join(tmpdir(), 'browser-'));
const opened = openPage(playwright, { ...setting, scratch }).then((driven) => ({
  driven,
  operations: pageOperations(driven, axe),
}));
opened.catch(() => undefined); // Told to whoever asks first.

let last: Promise<unknown> = Promise.resolve();
createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', (line) => {
    const asked = JSON.parse(line) as { id: number; operation: string; request: never };
    last = last.then(() => answer(asked));
  })
  .on('close', () => process.exit(0));

async function answer({
  id,
  operation,
  request,
}: {
  id: number;
  operation: string;
  request: never;
}): Promise<void> {
  const reply = await perform(operation, request);
  process.stdout.write(`${JSON.stringify({ id, ...reply })}\n`);
}

async function perform(operation: string, request: never): Promise<object> {
  try {
    const { operations } = await opened;
    return { value: await operations[operation]?.(request) };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

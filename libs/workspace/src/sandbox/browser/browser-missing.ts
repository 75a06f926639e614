import { DomainError } from '@missions/kernel';

/** How a browser gets here, in one line. */
export const browserRemedy =
  'As root, run: apt-get update && apt-get install chromium-headless-shell; elsewhere install Chromium or Chrome, or name one as sandbox.browser in the configuration';

/** Never the product's fault: the mission stops and says what to run. */
export function browserMissing(why: string, cause?: unknown): DomainError {
  const error = new DomainError(
    'TOOL_MISSING',
    `There is no browser on this host, and a proof needs one. ${why} ${browserRemedy}.`,
    {
      missing: 'chromium',
      why,
    },
  );
  error.cause = cause;
  return error;
}

import { InvalidArgumentError } from 'commander';

/** Why somebody steps in, as the log keeps it. */
export function parseReason(text: string): string {
  const reason = text.trim();
  if (reason !== '') return reason;
  throw new InvalidArgumentError('Say why; it is kept in the log.');
}

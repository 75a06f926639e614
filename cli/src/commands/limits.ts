import type { RaisableLimits } from '@missions/mission';
import { InvalidArgumentError, type Command } from 'commander';

/** The limits beside the money of a whole mission, as options of a command. */
export interface LimitOptions {
  readonly minutes?: number;
  readonly turns?: number;
  readonly featureUsd?: number;
  readonly featureTurns?: number;
  readonly featureMinutes?: number;
  readonly runUsd?: number;
  readonly runMinutes?: number;
}

export function withLimitOptions(command: Command): Command {
  return command
    .option('--minutes <n>', 'the most minutes in which somebody works on it', parseAmount)
    .option('--turns <n>', 'the most turns of its agents', parseCount)
    .option('--feature-usd <usd>', 'the most one feature may cost, with its attempts and fixes', parseUsd)
    .option('--feature-turns <n>', 'the most turns of one feature, with its attempts and fixes', parseCount)
    .option('--feature-minutes <n>', 'the most minutes of one feature, likewise', parseAmount)
    .option('--run-usd <usd>', 'the most one run may cost', parseUsd)
    .option('--run-minutes <n>', 'the most minutes of one run', parseAmount);
}

export function limitsOf(options: LimitOptions, maxCostUsd: number | undefined): RaisableLimits {
  const { minutes, turns, featureUsd, featureTurns, featureMinutes, runUsd, runMinutes } = options;
  return {
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(minutes !== undefined && { maxWallClockMin: minutes }),
    ...(turns !== undefined && { maxTurns: turns }),
    ...(featureUsd !== undefined && { maxCostUsdPerFeature: featureUsd }),
    ...(featureTurns !== undefined && { maxTurnsPerFeature: featureTurns }),
    ...(featureMinutes !== undefined && { maxWallClockMinPerFeature: featureMinutes }),
    ...(runUsd !== undefined && { maxCostUsdPerRun: runUsd }),
    ...(runMinutes !== undefined && { maxWallClockMinPerRun: runMinutes }),
  };
}

export function parseUsd(text: string): number {
  const usd = Number(text.replace(/^\$/, ''));
  if (Number.isFinite(usd) && usd > 0) return usd;
  throw new InvalidArgumentError('Give an amount of US dollars above 0, for example 25 or 2.50.');
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('Give a number of seconds above 0.');
}

export function parseAmount(text: string): number {
  const amount = Number(text);
  if (Number.isFinite(amount) && amount > 0) return amount;
  throw new InvalidArgumentError('Give a number above 0.');
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('Give a whole number above 0.');
}

import type { RaisableLimits, ToFinish } from '@missions/mission';
import { counted } from './counted.ts';

/** Each limit in words, with its value. */
export function limitTexts(limits: {
  readonly [Limit in keyof RaisableLimits]?: number | undefined;
}): readonly string[] {
  const {
    maxCostUsd,
    maxWallClockMin,
    maxTurns,
    maxCostUsdPerFeature,
    maxTurnsPerFeature,
    maxWallClockMinPerFeature,
    maxCostUsdPerRun,
    maxWallClockMinPerRun,
  } = limits;
  return [
    maxCostUsd === undefined ? undefined : dollars(maxCostUsd),
    maxWallClockMin === undefined ? undefined : `${counted(maxWallClockMin, 'minute')} of work`,
    maxTurns === undefined ? undefined : counted(maxTurns, 'turn'),
    maxCostUsdPerFeature === undefined ? undefined : `${dollars(maxCostUsdPerFeature)} a feature`,
    maxTurnsPerFeature === undefined ? undefined : `${counted(maxTurnsPerFeature, 'turn')} a feature`,
    maxWallClockMinPerFeature === undefined
      ? undefined
      : `${counted(maxWallClockMinPerFeature, 'minute')} a feature`,
    maxCostUsdPerRun === undefined ? undefined : `${dollars(maxCostUsdPerRun)} a run`,
    maxWallClockMinPerRun === undefined ? undefined : `${counted(maxWallClockMinPerRun, 'minute')} a run`,
  ].filter((text) => text !== undefined);
}

/** One sentence about what finishing would cost; what nobody knows is said to be unknown. */
export function toFinishText({ costUsdLow, costUsdHigh, minutes, basis }: ToFinish): string {
  const cost = rangeText(costUsdLow, costUsdHigh);
  const time =
    minutes === undefined
      ? ''
      : `, ${minutes < 1 ? 'under a minute' : `about ${String(Math.round(minutes))} min`}`;
  return cost === undefined ? `To finish: ${basis}.` : `To finish: ${cost}${time} more (${basis}).`;
}

/** `$1.20–$3.00`; undefined when neither end is known. */
export function rangeText(low: number | undefined, high: number | undefined): string | undefined {
  if (low === undefined || high === undefined) {
    const one = low ?? high;
    return one === undefined ? undefined : dollars(one);
  }
  return dollars(low) === dollars(high) ? dollars(low) : `${dollars(low)}–${dollars(high)}`;
}

function dollars(usd: number): string {
  return `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;
}

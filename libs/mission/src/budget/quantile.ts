/** The value below which the given share of the values lies, by nearest rank; undefined of none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** What four of five stay below: the high end of an estimate. */
export function p80(values: readonly number[]): number | undefined {
  return quantile(values, 0.8);
}

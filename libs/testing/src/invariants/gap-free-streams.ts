import type { Check } from './violation.ts';

/** I2: versions count from 1 without a gap, and no event was changed after it was written. */
export const gapFreeStreams: Check = ({ audits }) =>
  audits.filter(({ ok }) => !ok).map(({ stream, problem }) => `${stream}: ${problem ?? 'is not right'}`);

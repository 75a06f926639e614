import type { Effort } from './effort.ts';
import type { Ground } from './ground/ground.ts';
import type { Row } from './row.ts';

/** Something measured against its floor, or counted. */
export interface Benchmark {
  readonly name: string;
  readonly run: (ground: Ground, effort: Effort) => Promise<readonly Row[]>;
}

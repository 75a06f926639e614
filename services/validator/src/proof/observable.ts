import type { Expectation } from '@missions/mission';

type Part = keyof Expectation;

/** The parts of an expectation that each kind of observation can show; any other part can never be met there. */
const observable = {
  command: ['exitCode', 'stdout', 'stderr', 'text', 'json'],
  http: ['status', 'header', 'text', 'json'],
  page: ['status', 'text', 'visible', 'hidden', 'title', 'url', 'consoleErrors', 'violations'],
  screen: ['exitCode', 'text', 'visible', 'hidden'],
  inspection: [],
} as const satisfies Readonly<Record<string, readonly Part[]>>;

export type ObservationKind = keyof typeof observable;

/** What is expected and cannot be observed; it is never passed over. */
export function unobservableParts(expected: Expectation, kind: ObservationKind): readonly Part[] {
  const shown: readonly Part[] = observable[kind];
  const parts = Object.keys(expected) as Part[];
  return parts.filter((part) => expected[part] !== undefined && !shown.includes(part));
}

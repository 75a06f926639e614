import { chronicleOf } from '../delivery/chronicle-of.ts';
import type { Chronicle, RecordedFact } from '../delivery/chronicle.ts';
import type { History } from './history.ts';

const begin = Date.parse('2026-03-01T10:00:00.000Z');

/** What a log would hold after this history: a fact a second. */
export function recorded({ facts }: Pick<History, 'facts'>): readonly RecordedFact[] {
  return facts.map((fact, index) => ({
    ...fact,
    version: index + 1,
    occurredAt: new Date(begin + index * 1000).toISOString(),
  }));
}

export function chronicle(history: Pick<History, 'facts'>): Chronicle {
  return chronicleOf(recorded(history));
}

import {
  ledgerConcerns,
  ledgerEntry,
  ledgerFact,
  ledgerFilter,
  type Concern,
  type LedgerFact,
  type LedgerFilter,
  type LedgerHistory,
} from '@missions/contracts';
import type { StreamReader } from '@missions/event-store';
import { DomainError } from '@missions/kernel';

/** The most events that are looked at for one answer, however long the ledger is. */
export const MOST_LOOKED_AT = 5_000;
/** Doubled with each page, so that an answer that needs few events reads few. */
const FIRST_PAGE = 250;

export interface AskedHistory extends LedgerFilter {
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What was decided about what missions share, from the ledgers' streams. */
export class ReadLedgerHistory {
  constructor(private readonly store: Pick<StreamReader, 'head' | 'read'>) {}

  /**
   * The newest decisions before a version that concern what is named. Refuses with `UNKNOWN_LEDGER`, and a resource as
   * `parseResource` does.
   */
  async history(scope: string, { before, limit, ...named }: AskedHistory): Promise<LedgerHistory> {
    const isWanted = ledgerFilter(named);
    const head = await this.store.head(`resources-${scope}`);
    if (head === 0)
      throw new DomainError('UNKNOWN_LEDGER', `Nothing was ever shared in ${scope}: it has no ledger.`, {
        scope,
      });
    const above = Math.min(before ?? Infinity, head + 1);
    for (let facts: readonly LedgerFact[] = []; ;) {
      facts = [...(await this.olderThan(scope, above - facts.length, facts.length)), ...facts];
      const decided = decidedAmong(facts, above);
      const wanted = decided.filter(isWanted);
      if (wanted.length < limit && !isEnough(facts, above)) continue;
      const shown = wanted.slice(0, limit);
      const last = wanted.length > limit ? shown.at(-1) : decided.at(-1);
      const next = last?.fact.version ?? 1;
      return { scope, entries: shown.map(ledgerEntry), ...(next > 1 && { before: next }) };
    }
  }

  // Versions are without gaps, so a page in front of a version is one behind another.
  private async olderThan(scope: string, version: number, read: number): Promise<readonly LedgerFact[]> {
    const limit = Math.min(read || FIRST_PAGE, MOST_LOOKED_AT - read, version - 1);
    if (limit <= 0) return [];
    const events = await this.store.read(`resources-${scope}`, { after: version - 1 - limit, limit });
    return events.map(ledgerFact);
  }
}

function isEnough(facts: readonly LedgerFact[], above: number): boolean {
  return facts.length >= MOST_LOOKED_AT || facts.length >= above - 1;
}

/**
 * The newest of them, as far as it is known whom they concern, newest first. What only older events can tell ends them, so that
 * no answer depends on where a page ended; but what half of all that may be looked at did not tell is taken as it is.
 */
function decidedAmong(facts: readonly LedgerFact[], above: number): readonly Concern[] {
  const concerns = ledgerConcerns(facts).toReversed();
  if (facts.length >= above - 1) return concerns;
  const given = facts.length >= MOST_LOOKED_AT ? MOST_LOOKED_AT / 2 : 0;
  const open = concerns.findIndex(({ isKnown }, index) => !isKnown && index >= given);
  return open < 0 ? concerns : concerns.slice(0, open);
}

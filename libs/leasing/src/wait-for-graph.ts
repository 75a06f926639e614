import { sameOwner, type Claim, type Owner } from './claim.ts';
import type { Ledger } from './ledger.ts';
import { blockersOf, readersBeside } from './queue.ts';

/** One owner that waits, and whom it waits for. */
export interface WaitsFor {
  readonly owner: Owner;
  readonly claimId: string;
  readonly for: readonly Owner[];
}

/** Who waits for whom: claims in the queue for holders and for those before them, upgrades for the readers beside them. */
export function waitForGraph(ledger: Ledger, at: string): readonly WaitsFor[] {
  const queued = ledger.queue.map((claim) => ({ claim, before: waitsFor(claim, ledger, at) }));
  const upgrading = [...ledger.held.values()]
    .filter(({ upgradeRequestedAt }) => upgradeRequestedAt !== undefined)
    .map((claim) => ({ claim, before: readersBeside(claim, ledger).map(({ owner }) => owner) }));
  return [...queued, ...upgrading].map(({ claim, before }) => ({
    owner: claim.owner,
    claimId: claim.claimId,
    for: before,
  }));
}

/** The owners a claim would wait for at the end of the queue, or waits for at its place. */
export function waitsFor(claim: Claim, ledger: Ledger, at: string): readonly Owner[] {
  const { holders, earlier } = blockersOf(claim, ledger, at);
  return [...holders, ...earlier].map(({ owner }) => owner);
}

/** A circle of owners that begins and would end with `start`; empty when there is none. */
export function circleFrom(start: Owner, graph: readonly WaitsFor[]): readonly Owner[] {
  const seen: Owner[] = [];
  const search = (owner: Owner): readonly Owner[] => {
    const next = graph.filter((edge) => sameOwner(edge.owner, owner)).flatMap((edge) => edge.for);
    for (const one of next) {
      if (sameOwner(one, start)) return [owner];
      if (seen.some((known) => sameOwner(known, one))) continue;
      seen.push(one);
      const rest = search(one);
      if (rest.length > 0) return [owner, ...rest];
    }
    return [];
  };
  return search(start);
}

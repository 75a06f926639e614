import type { Owner } from '@missions/leasing';
import { lockLedger, type LockLedger } from './lock-view.ts';
import { waitPicture } from './wait-picture.ts';

const at = '2026-03-01T10:00:00.000Z';
const owner = (missionId: string): Owner => ({ missionId });

/** A ledger in which each of these waits for the others, in the order in which they are in its way. */
function ledger(waits: Readonly<Record<string, readonly string[]>>, scope = 'local'): LockLedger {
  const empty = { held: [], queue: [], closed: [], pools: [], negotiations: [], commitments: [] };
  const edges = Object.entries(waits).map(([who, whom]) => ({
    owner: owner(who),
    claimId: `${who}/lock`,
    for: whom.map(owner),
  }));
  return lockLedger({ ...empty, scope, version: 1, waits: edges }, { at, leases: [] });
}

const picture = (...ledgers: readonly LockLedger[]): readonly string[] =>
  waitPicture(ledgers, ({ claimId }) => `waits (${claimId})`);

describe('the picture of who waits for whom', () => {
  it('is empty when nobody waits', () => {
    expect(picture(ledger({}))).toEqual([]);
  });

  it('has each waiting owner once, below the first that is in its way, and names the others', () => {
    const waits = { b: ['a'], c: ['a', 'b'], d: ['b'], f: ['e', 'a'] };
    expect(picture(ledger(waits))).toEqual([
      'a',
      '├─ b  waits (b/lock)',
      '│  └─ d  waits (d/lock)',
      '└─ c  waits (c/lock), also for b',
      'e',
      '└─ f  waits (f/lock), also for a',
    ]);
  });

  it('counts those in the way that would fill the line', () => {
    expect(picture(ledger({ f: ['a', 'b', 'c', 'd', 'e'] }))).toEqual([
      'a',
      '└─ f  waits (f/lock), also for b, c, d and 1 more',
    ]);
  });

  it('shows who waits for nobody but for a resource that is closed', () => {
    expect(picture(ledger({ a: [] }))).toEqual(['a  waits (a/lock)']);
  });

  it('names a circle, also one that goes over two ledgers', () => {
    expect(picture(ledger({ a: ['b'], c: ['a'] }), ledger({ b: ['a'] }, 'repo'))).toEqual([
      'b',
      '└─ a  waits (a/lock)',
      '   └─ c  waits (c/lock)',
      'a circle: a → b → a',
    ]);
  });

  it('has everybody once, however they wait', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = numbers(seed);
      const pick = () => names.filter(() => random() < 0.3);
      const waits = Object.fromEntries(names.map((name) => [name, pick().filter((one) => one !== name)]));
      const lines = picture(ledger(waits)).filter((line) => !line.startsWith('a circle'));
      const starts = lines.map((line) => /[a-h]/u.exec(line)?.[0]);
      expect(starts).toEqual([...new Set(starts)]);
      expect(starts).toEqual(expect.arrayContaining(names));
    }
  });
});

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

import { emptyLedger, ledgerView, Precedence } from '@missions/leasing';
import type { LedgerTalk } from './ledger-talk.ts';
import { NegotiateForRuns } from './negotiate-for-runs.ts';

const at = '2026-01-01T00:00:00.000Z';

describe('a look at all ledgers in which somebody waits', () => {
  it('goes on to the next when one cannot be read, and tells the fault', async () => {
    const looked: string[] = [];
    const talk: Pick<LedgerTalk, 'state'> = {
      state: (scope) => {
        looked.push(scope);
        return scope === 'away'
          ? Promise.reject(new Error('The ledger is away.'))
          : Promise.resolve(ledgerView(scope, emptyLedger, at));
      },
    };
    const negotiators = new NegotiateForRuns({
      talk: talk as LedgerTalk,
      precedence: () => Promise.resolve(new Precedence()),
      letPass: () => Promise.resolve(),
      mission: () => Promise.reject(new Error('No mission is looked at here.')),
      outlook: () => Promise.resolve(undefined),
      waiting: () => Promise.resolve(['away', 'here'].map((scope) => ({ scope, claimId: `${scope}/lock` }))),
      now: () => new Date(at),
      talkMs: 1_000,
    });
    await expect(negotiators.look()).rejects.toThrow('away');
    expect(looked).toEqual(['away', 'here']);
  });
});

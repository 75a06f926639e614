import { emptyLedger } from '@missions/leasing';
import { InterveneInLedger } from './intervene-in-ledger.ts';
import type { LedgerCommand } from './plan-decisions.ts';

const by = { kind: 'person', id: 'eva' } as const;
const request = { scope: 'local', commandId: 'k1', claimId: 'c-1', by, reason: 'release first' } as const;
const held = { ...request, token: 3 } as const;

describe('what a person asks of a ledger', () => {
  const asked: LedgerCommand[] = [];
  const ledger = {
    decide: (command: LedgerCommand) => {
      asked.push(command);
      return Promise.resolve(emptyLedger);
    },
  };
  const interventions = new InterveneInLedger(ledger, { isGenuine: () => true });

  it('is a repetition only if it is the same under the same id', async () => {
    await interventions.reorder(request);
    await interventions.reorder({ ...request });
    await interventions.reorder({ ...request, claimId: 'c-2' });
    await interventions.extend({ ...held, forMs: 60_000 });
    await interventions.extend({ ...held, forMs: 90_000 });
    const [first, again, ...others] = asked.map(({ commandId }) => commandId);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(4);
  });
});

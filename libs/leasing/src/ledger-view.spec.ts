import { emptyLedger } from './ledger.ts';
import { ledgerView, ledgerViewSchema } from './ledger-view.ts';

const at = '2026-01-01T00:00:00.000Z';
const asker = { missionId: 'm-1' };
const negotiation = {
  negotiationId: 'n1',
  cause: 'wait',
  claimId: 'c1',
  owner: asker,
  holders: [],
  openedAt: at,
  deadline: at,
  rounds: 0,
  proposals: [],
};

describe('the view of a ledger, while services of two releases run', () => {
  const read = (view: object): unknown =>
    ledgerViewSchema.parse({ ...ledgerView('r', emptyLedger, at), ...view });

  it('of an older service does not say what a negotiation was about', () => {
    expect(read({ negotiations: [negotiation] })).toMatchObject({
      negotiations: [{ claimId: 'c1', resources: [] }],
    });
  });

  it('of a newer service is read without what it adds', () => {
    const newer = { negotiations: [{ ...negotiation, mood: 'calm' }], weather: 'fine' };
    expect(read(newer)).not.toMatchObject({ weather: 'fine' });
    expect(read(newer)).toMatchObject({ negotiations: [{ claimId: 'c1' }] });
  });
});

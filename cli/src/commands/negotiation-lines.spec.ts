import type { LockNegotiation } from '@missions/contracts';
import { negotiationLines, talkColumns, talkRow } from './negotiation-lines.ts';

const at = '2026-03-01T10:00:00.000Z';
const said: LockNegotiation = {
  scope: 'local',
  negotiationId: 'cycle/m-c/two',
  cause: 'cycle',
  claimId: 'm-c/two',
  owner: { missionId: 'm-c' },
  resources: [{ resource: 'port:/local/1', mode: 'X' }],
  holders: [{ claimId: 'm-a/one', token: 2, owner: { missionId: 'm-a' } }],
  cycle: [{ missionId: 'm-c' }, { missionId: 'm-a' }],
  openedAt: at,
  deadline: at,
  rounds: 0,
  proposals: [],
};

describe('the transcript of a negotiation', () => {
  it('says what it is about, and who stands in a circle', () => {
    expect(negotiationLines(said)[0]).toBe(
      'cycle/m-c/two in local, for port:/local/1, in a circle: m-c → m-a → m-c',
    );
  });

  it('says what it is about in a table too, as text', () => {
    const hostile = [{ resource: 'env:/local/a\nb', mode: 'X' as const }];
    const row = talkRow({ ...said, resources: hostile });
    expect(row[talkColumns.indexOf('for')]).toBe('env:/local/a b');
    expect(row).toHaveLength(talkColumns.length);
  });
});

import type { LockLedger, LockView } from '@missions/contracts';
import { ledgerLines, missionLockLines } from './lock-lines.ts';

const until = '2026-03-01T10:06:00.000Z';
const resource = 'port:/local/8080';

const waiting = (waitingFor: LockView['waitingFor']): LockView => ({
  ...{ claimId: 'm-1-r1/lock', missionId: 'm-1', runId: 'm-1-r1', featureId: 'F-001' },
  ...{ state: 'waiting', resources: [resource], waitingFor, waitedMs: 5_000 },
});

describe('the locks of a mission', () => {
  it.each([
    ['who holds it', { holder: 'm-2 F-001' }, `waits for ${resource} held by m-2 F-001`],
    ['who is only before it', { behind: 'm-2 F-001', position: 2 }, 'behind m-2 F-001, place 2 in the queue'],
    ['until when it is closed', { closedUntil: until }, `waits for ${resource}, closed until ${until}`],
  ])('say of one that waits %s', (_what, known, said) => {
    const [, row] = missionLockLines([waiting({ resource, ...known })]);
    expect(row).toMatch(/^m-1-r1 +F-001 +waiting +port:\/local\/8080 +5 s +waits for /u);
    expect(row?.endsWith(said)).toBe(true);
  });
});

describe('the lines of a ledger', () => {
  it('have names that others gave as text, each on its line', () => {
    const claimId = 'm-1/\u001b[2Jx\nnext';
    const owner = { missionId: 'm-1', featureId: '\u001b[2JF\n1' };
    const grant = { claimId, token: 1 };
    const ledger: LockLedger = {
      ...{ scope: 'local', version: 1, at: until, queue: [], closed: [], pools: [], negotiations: [] },
      held: [{ ...grant, owner, resources: [], ttlMs: 1, grantedAt: until, heldMs: 0 }],
      waits: [{ owner, claimId, for: [{ missionId: 'm-2' }] }],
      commitments: [{ ...grant, negotiationId: 'n1', kind: 'release_at', until }],
    };
    const lines = ledgerLines([ledger], { transcripts: false });
    expect(lines.filter((line) => /[\p{Cc}]/u.test(line))).toEqual([]);
    expect(lines).toContain('  └─ m-1 F 1  waits to hold alone what it reads');
    expect(lines).toContain(`  m-1/x next gives back by ${until} (n1)`);
  });
});

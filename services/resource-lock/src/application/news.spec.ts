import type { LeasingCommand, LeasingEvent } from '@missions/leasing';
import { isNews } from './news.ts';

const of = (type: LeasingEvent['type'], claimId = 'a'): LeasingEvent =>
  ({ type, data: { claimId } }) as never;
const command = (type: LeasingCommand['type'], data: object = { claimId: 'a' }): LeasingCommand =>
  ({ type, data }) as never;
const news = (asked: LeasingCommand, ...events: readonly LeasingEvent[]): boolean =>
  isNews({ asked: { scope: 'r', commandId: 'c', command: asked }, events });

describe('a decision', () => {
  it.each([
    ['a grant at once', command('RequestClaim'), [of('LockRequested'), of('LockGranted')]],
    ['a place in the queue', command('RequestClaim'), [of('LockRequested')]],
    ['a release nobody waited for', command('ReleaseClaim'), [of('LockReleased')]],
    ['a narrower claim', command('NarrowClaim'), [of('LockNarrowed')]],
    ['a wish to be alone', command('UpgradeClaim'), [of('LockUpgradeRequested'), of('LockUpgraded')]],
    ['nothing', command('ServeQueue', {}), []],
  ] as const)('that only tells who asked is no news: %s', (_what, asked, events) => {
    expect(news(asked, ...events)).toBe(false);
  });

  it.each([
    ['a release that grants another', command('ReleaseClaim'), [of('LockReleased'), of('LockGranted', 'b')]],
    ['a last reader that leaves', command('ReleaseClaim'), [of('LockReleased'), of('LockUpgraded', 'b')]],
    ['less that lets another in', command('NarrowClaim'), [of('LockNarrowed'), of('LockGranted', 'b')]],
    ['a withdrawal, which may end a wait elsewhere', command('WithdrawClaim'), [of('LockWithdrawn')]],
    [
      'a circle that is talked about',
      command('RequestClaim'),
      [of('LockRequested'), of('NegotiationOpened')],
    ],
    ['a circle that cost who closed it', command('RequestClaim'), [of('LockRequested'), of('LockDenied')]],
    ['a lease that ran out', command('ExpireLease'), [of('LockExpired')]],
    ['a person', command('RevokeClaim'), [of('LockRevoked')]],
    ['the passing of time', command('ServeQueue', {}), [of('LockGranted')]],
    ['a pool of another size', command('SizePool', { resource: 'pool:/r/gpu' }), [of('PoolSized')]],
  ] as const)('that others follow the ledger for is news: %s', (_what, asked, events) => {
    expect(news(asked, ...events)).toBe(true);
  });
});

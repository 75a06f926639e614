import type { LeasingCommand } from '../leasing.commands.ts';
import { leasing } from '../decide.ts';
import { emptyLedger, evolve, type Ledger } from '../ledger.ts';
import { alone } from '../testing/wants.ts';
import { Precedence } from './precedence.ts';

const src = 'path:/r/main/src';
const minuteMs = 60_000;
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1) + minute * minuteMs).toISOString();

/** A ledger whose events the precedence is told. */
class Played {
  readonly precedence = new Precedence();
  private ledger: Ledger = emptyLedger;

  request(minute: number, name: string, ...names: readonly string[]): this {
    const [missionId = '', featureId = ''] = name.split('/');
    const data = { claimId: name, owner: { missionId, featureId }, resources: alone(...names), ttlMs: 1000 };
    return this.do(minute, { type: 'RequestClaim', data: { ...data, resources: [...data.resources] } });
  }

  requestBeside(minute: number, name: string, ...names: readonly string[]): this {
    const [missionId = '', featureId = ''] = name.split('/');
    const resources = [...alone(...names)];
    const data = { claimId: `${name}/beside`, owner: { missionId, featureId }, resources, ttlMs: 1000 };
    return this.do(minute, { type: 'RequestClaim', data });
  }

  release(minute: number, claimId: string): this {
    return this.do(minute, { type: 'ReleaseClaim', data: { claimId, token: this.tokenOf(claimId) } });
  }

  narrow(minute: number, claimId: string, ...names: readonly string[]): this {
    const resources = [...alone(...names)];
    return this.do(minute, {
      type: 'NarrowClaim',
      data: { claimId, token: this.tokenOf(claimId), resources },
    });
  }

  inLine(minute: number, name: string): number | undefined {
    const [missionId = '', featureId = ''] = name.split('/');
    const ms = this.precedence.standing({ missionId, featureId }, at(minute))?.inLineMs;
    return ms === undefined || ms < 0 ? ms : ms / minuteMs;
  }

  aheadMinutes(minute: number, missionId: string, featureId = 'F-1'): number {
    return (this.precedence.standing({ missionId, featureId }, at(minute))?.aheadMs ?? NaN) / minuteMs;
  }

  private do(minute: number, command: LeasingCommand): this {
    const context = { at: at(minute), lockDelayMs: 0, cycleTalkMs: 0 };
    const events = leasing.decide(command, this.ledger, context);
    this.ledger = events.reduce(evolve, this.ledger);
    for (const event of events) this.precedence.take(event);
    return this;
  }

  private tokenOf(claimId: string): number {
    return this.ledger.held.get(claimId)?.token ?? 0;
  }
}

describe('precedence', () => {
  it('are the order of asking as long as nobody gives way', () => {
    const played = new Played().request(0, 'ada/F-1', src).request(5, 'bob/F-1', src);
    expect(played.inLine(10, 'ada/F-1')).toBe(10);
    expect(played.inLine(10, 'bob/F-1')).toBe(5);
    expect(played.aheadMinutes(10, 'ada')).toBe(0);
    expect(played.inLine(10, 'eve/F-1')).toBeUndefined();
  });

  it('know who is ahead because others gave way, and what it would not even have asked for yet', () => {
    const given = new Played()
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', `${src}/web`)
      .narrow(10, 'ada/F-1', `${src}/api`)
      .release(30, 'bob/F-1')
      .request(31, 'bob/F-2', `${src}/api`);
    expect(given.aheadMinutes(30, 'bob')).toBe(20);
    expect(given.inLine(31, 'bob/F-2')).toBe(-1 - 20 * minuteMs);
    // Ada ends at 40; then bob's first feature would begin and take twenty minutes, and its second ask a minute later.
    given.release(40, 'ada/F-1').request(50, 'cid/F-1', `${src}/api`);
    expect(given.inLine(70, 'cid/F-1')).toBe(20);
    expect(given.inLine(70, 'bob/F-2')).toBe(9);
  });

  it('take work that is held up for as long as it was expected, and work that goes on for as long as it does', () => {
    const docs = 'path:/r/main/docs';
    const played = new Played()
      .request(0, 'cid/F-1', docs)
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', src);
    played.precedence.expect({ missionId: 'ada', featureId: 'F-1' }, 20 * minuteMs);
    expect(played.aheadMinutes(19, 'bob')).toBe(0);
    expect(played.aheadMinutes(25, 'bob')).toBe(0);
    const heldUp = new Played()
      .request(0, 'cid/F-1', docs)
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', src);
    heldUp.precedence.expect({ missionId: 'ada', featureId: 'F-1' }, 20 * minuteMs);
    heldUp.requestBeside(10, 'ada/F-1', docs);
    expect(heldUp.aheadMinutes(30, 'bob')).toBe(-10);
  });

  it('do not count what giving way cost', () => {
    const played = new Played()
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', `${src}/web`)
      .narrow(10, 'ada/F-1', `${src}/api`);
    expect(played.aheadMinutes(20, 'bob')).toBe(10);
    played.precedence.lost({ missionId: 'bob', featureId: 'F-1' }, 3 * minuteMs);
    expect(played.aheadMinutes(20, 'bob')).toBe(7);
  });
});

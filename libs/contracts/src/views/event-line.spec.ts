import type { EventEnvelope } from '@missions/kernel';
import { atFinalProof, builtM1, add } from '@missions/mission/testing';
import { publicEventNames } from '../public-event-names.ts';
import { digestView } from './digest-view.ts';
import { eventLine, eventTypeOf } from './event-line.ts';

const facts = [
  ...atFinalProof().validated().facts,
  ...builtM1().validated({ measured: { [add]: 'fail' } }).facts,
];

function envelopes(from = 0): EventEnvelope[] {
  return facts.map(({ type, data }, index) => ({
    ...{
      type,
      data,
      id: `c/${String(index)}`,
      stream: 'mission-m-demo1',
      version: from + index + 1,
      schema: 1,
    },
    occurredAt: '2026-03-01T10:00:00.000Z',
    actor: { kind: 'service', id: 'decide' },
    correlationId: 'c',
    causationId: 'c',
  }));
}

describe('a fact in words', () => {
  it('is one line without controls', () => {
    for (const fact of facts) {
      const line = eventLine(fact);
      expect(line).not.toBe('');
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(line).not.toContain('undefined');
    }
  });

  it('cannot break out of its line or turn it round', () => {
    const data = { messageIds: ['m'], runId: 'r', text: 'one\ntwo\u001b[31m three \u202Efour' };
    expect(eventLine({ type: 'MessageAnswered', data })).toBe('answer: one two [31m three four');
  });

  it('tells what a run’s agent asked for from what the run claimed for its work', () => {
    const back = (claimId: string) => eventLine({ type: 'LockReleased', data: { claimId, runId: 'm-1-r1' } });
    expect(back('m-1-r1/lock')).toBe('m-1-r1 gave back its resources');
    expect(back('m-1-r1/ask-1')).toBe('m-1-r1 gave back what its agent asked for');
  });

  it('names who took a lease and why, where a person did', () => {
    const lost = (data: object) => eventLine({ type: 'LockLost', data: { claimId: 'c', ...data } });
    expect(lost({ runId: 'm-1-r2' })).toBe('⚠ m-1-r2 lost the lease of its resources');
    expect(lost({ featureId: 'F-002', by: 'eva', reason: 'It hangs.' })).toBe(
      '⚠ F-002 lost the lease of its resources, revoked by eva: It hangs.',
    );
  });

  it('is the bare name of a fact that is not known yet', () => {
    expect(eventLine({ type: 'SomethingNew', data: {} })).toBe('SomethingNew');
  });

  it('is found again from the public name', () => {
    for (const [type, name] of Object.entries(publicEventNames)) expect(eventTypeOf(name)).toBe(type);
    expect(eventTypeOf('some.thing')).toBeUndefined();
  });
});

describe('the digest of what happened', () => {
  it('has at most seven lines, in order, and says how many it left out', () => {
    const digest = digestView('m-demo1', 0, envelopes());
    expect(digest.lines).toHaveLength(7);
    expect(digest.lines.at(-1)).toMatch(/^and \d+ more: missions events m-demo1 --after 0$/);
    expect(digest.lines.join('\n')).toContain('✓ completed at');
  });

  it('is empty when nothing happened', () => {
    expect(digestView('m-demo1', 12, [])).toEqual({
      missionId: 'm-demo1',
      since: 12,
      seq: 12,
      events: 0,
      lines: [],
    });
  });
});

import {
  add,
  approved,
  atFinalProof,
  awaitingApproval,
  builtM1,
  chronicle,
  created,
  passedM1,
} from '@missions/mission/testing';
import { asked, command, question } from '@missions/mission/testing';
import type { z } from 'zod';
import { approvalViews, approvalViewSchema, parseApprovalId } from './approval-view.ts';
import { contractView, contractViewSchema } from './contract-view.ts';
import { costView, costViewSchema } from './cost-view.ts';
import { headlineOf, headlineText } from './headline.ts';
import { missionCard, missionCardSchema } from './mission-card.ts';
import { missionView, missionViewSchema } from './mission-view.ts';
import { featureViews, featureViewSchema, planView, planViewSchema } from './plan-view.ts';
import { runViews, runViewSchema } from './run-view.ts';
import { whyView, whyViewSchema } from './why-view.ts';
import { findingViews, findingViewSchema, handoffViews, handoffViewSchema } from './work-views.ts';
import { openApprovals } from '@missions/mission';

const completed = atFinalProof().validated();
const failing = builtM1().validated({ measured: { [add]: 'fail' } });
const histories = {
  created: created(),
  questions: created().concluded(asked(question('Q1'))),
  'awaiting approval': awaitingApproval(),
  approved: approved(),
  'half way': passedM1(),
  failing,
  completed,
};

/** What a client receives. */
function onTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function expectToFit(schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(onTheWire(value));
  expect(parsed.error?.issues ?? []).toEqual([]);
}

describe.each(Object.entries(histories))('the views of a mission that is %s', (_name, history) => {
  const { mission } = history;

  it('fit their schemas', () => {
    expectToFit(missionViewSchema, missionView(mission, { live: new Map(), stale: false }));
    expectToFit(missionCardSchema, missionCard(mission, { updatedAt: '2026-03-01T10:00:00.000Z' }));
    expectToFit(planViewSchema, planView(mission));
    expectToFit(contractViewSchema, contractView(mission));
    expectToFit(costViewSchema, costView(mission));
    for (const run of runViews(mission, new Map())) expectToFit(runViewSchema, run);
    for (const feature of featureViews(mission)) expectToFit(featureViewSchema, feature);
    for (const handoff of handoffViews(mission)) expectToFit(handoffViewSchema, handoff);
    for (const finding of findingViews(mission)) expectToFit(findingViewSchema, finding);
    for (const approval of approvalViews(mission, openApprovals(mission)))
      expectToFit(approvalViewSchema, approval);
    for (const id of Object.keys(mission.assertions))
      expectToFit(whyViewSchema, whyView(chronicle(history), id));
  });
});

describe('the headline of a mission', () => {
  it.each([
    ['has open questions', histories.questions.mission, '? needs you'],
    ['has a plan to approve', histories['awaiting approval'].mission, '◇ awaiting approval'],
    ['is being built', histories.approved.mission, '▶ running'],
    ['is being validated', builtM1().mission, '⟳ validating'],
    ['is paused', approved().after(command('PauseMission', {})).mission, 'Ⅱ paused'],
    ['is completed', completed.mission, '✓ done'],
    ['is cancelled', approved().after(command('CancelMission', {})).mission, '– cancelled'],
  ])('of one that %s says so by glyph and word', (_what, mission, text) => {
    expect(headlineText(headlineOf(mission))).toBe(text);
  });

  it('names the cause of a block and the way out', () => {
    const blocked = approved().after(
      command('BlockMission', { cause: 'environment', detail: 'No sandbox.', needs: 'Install bubblewrap.' }),
    );
    expect(headlineOf(blocked.mission)).toMatchObject({
      word: 'blocked',
      cause: 'environment',
      sentence: 'No sandbox. Install bubblewrap.',
      action: expect.stringContaining('missions resume') as string,
    });
  });

  it('says that a silent run is stale, whatever its status is', () => {
    expect(headlineOf(approved().claimed().mission, { stale: true }).word).toBe('stale');
  });

  it('says of a run that hangs or that nobody claims before it says what is done', () => {
    const working = approved().claimed();
    const { id: runId, token } = working.run;
    const sinceAt = '2026-03-01T10:00:00.000Z';
    const stalled = working.after(command('RecordStall', { runId, token, sinceAt, limitMs: 900_000 }));
    expect(headlineOf(stalled.mission)).toMatchObject({
      glyph: '⚠',
      sentence: expect.stringContaining(sinceAt) as string,
    });
    const stopping = stalled.after(command('StopStalledRun', { runId, token }));
    expect(headlineOf(stopping.mission).sentence).toContain('told to stop (stall)');
    const unclaimed = approved().after(
      command('RecordUnclaimed', { runId, sinceAt, needs: 'Start a worker.' }),
    );
    expect(headlineOf(unclaimed.mission)).toMatchObject({ word: 'stale', sentence: 'Start a worker.' });
    expectToFit(missionViewSchema, missionView(stopping.mission, { live: new Map(), stale: false }));
    expectToFit(missionViewSchema, missionView(unclaimed.mission, { live: new Map(), stale: false }));
  });
});

describe('the card of a mission', () => {
  it('counts what is done and proven', () => {
    const card = missionCard(completed.mission, { updatedAt: '2026-03-01T10:00:00.000Z' });
    expect(card).toMatchObject({
      features: { done: 3, total: 3 },
      assertions: { pass: 4, fail: 0, waived: 0, total: 4 },
      seq: completed.mission.version,
    });
    expect(card.needsYou).toBeUndefined();
  });
});

describe('why an assertion is what it is', () => {
  it('tells the failed verdict and what was held against the work', () => {
    const why = whyView(chronicle(failing), add);
    expect(why?.assertion?.state).toBe('fail');
    expect(why?.story.join('\n')).toContain('M1 round 1: fail');
    expect(why?.findings.map(({ id }) => id)).toEqual(['FIND-1']);
    expect(why?.features.map(({ id }) => id)).toEqual(['F-001']);
  });

  it('is not known of an assertion the contract does not have', () => {
    expect(whyView(chronicle(failing), 'VAL-NO-001')).toBeUndefined();
  });
});

describe('the id of an approval', () => {
  it('names the mission and the approval', () => {
    expect(parseApprovalId('m-7f3k2a:APR-12')).toEqual({ missionId: 'm-7f3k2a', approvalId: 'APR-12' });
  });

  it.each(['APR-1', 'm-7f3k2a', 'm-7f3k2a:F-001', 'x:APR-1'])('is not %s', (text) => {
    expect(parseApprovalId(text)).toBeUndefined();
  });
});

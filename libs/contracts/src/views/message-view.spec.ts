import {
  approved,
  awaitingApproval,
  command,
  proposal,
  scoped,
  type History,
} from '@missions/mission/testing';
import { deliveryLine, messageViews, messageViewSchema, type MessageView } from './message-view.ts';

function viewed({ mission }: History): MessageView {
  const [view] = messageViews(mission);
  return messageViewSchema.parse(JSON.parse(JSON.stringify(view)));
}

const building = approved().claimed();
const runId = building.run.id;
const waiting = awaitingApproval();
const baseline = scoped().concluded(proposal()).claimed();

describe('a message shows its sender where it is:', () => {
  it.each<[string, History, object, string]>([
    [
      'before the next turn of the open run',
      building.messaged('a'),
      { delivery: { state: 'next_turn', runId } },
      `waits for the next turn of ${runId}`,
    ],
    [
      'delivered at a turn',
      building.messaged('a').delivered('a'),
      { delivery: { state: 'delivered', runId, turn: 1 }, deliveredTo: runId },
      `delivered to ${runId} at turn 1`,
    ],
    [
      'about to interrupt',
      building.messaged('a', true),
      { delivery: { state: 'interrupts', runId } },
      `interrupts ${runId}, and is answered next`,
    ],
    [
      'after it interrupted',
      building.messaged('a', true).concluded({ kind: 'ended', state: 'interrupted' }),
      { delivery: { state: 'next_turn' }, interrupted: runId },
      `interrupted ${runId}, waits for the next turn of`,
    ],
    [
      'in a conversation, where no run is open',
      waiting.messaged('a'),
      { delivery: { state: 'next_turn', runId: waiting.messaged('a').run.id } },
      'waits for the next turn',
    ],
    [
      'answered',
      waiting.messaged('a').claimed().delivered('a').concluded({ kind: 'replied', text: 'Yes.' }),
      { delivery: { state: 'answered' }, answer: 'Yes.' },
      'answered by',
    ],
    [
      'not with a run of the engine alone, which hears nothing',
      baseline.messaged('a'),
      { delivery: { state: 'conversation' } },
      'waits for a conversation of its own',
    ],
    [
      'nowhere, where the mission is over',
      building.messaged('a').after(command('CancelMission', {})),
      { delivery: { state: 'unanswered' } },
      'the mission was over',
    ],
  ])('%s', (_where, history, expected, line) => {
    const view = viewed(history);
    expect(view).toMatchObject(expected);
    expect(deliveryLine(view)).toContain(line);
  });

  it('is not lost when the run that heard it fails: a conversation takes it up', () => {
    const failed = building.messaged('a').delivered('a').failed('model');
    expect(failed.run.task).toBe('converse');
    expect(viewed(failed)).toMatchObject({ delivery: { state: 'next_turn', runId: failed.run.id } });
  });
});

import {
  isOver,
  openRun,
  pendingMessages,
  type MessageState,
  type Mission,
  type RunState,
} from '@missions/mission';
import { z } from 'zod';
import { present } from './run-view.ts';

/**
 * Where a message is: it waits for the next turn of a run, makes a run end early, waits for a conversation of its own, was
 * delivered at a turn, or is answered. `unanswered`: the mission was over before anybody heard it.
 */
export const messageDeliverySchema = z
  .strictObject({
    state: z.enum(['next_turn', 'interrupts', 'conversation', 'delivered', 'answered', 'unanswered']),
    runId: z.string().optional(),
    turn: z.int().nonnegative().optional(),
  })
  .meta({ id: 'MessageDelivery' });
export type MessageDelivery = z.infer<typeof messageDeliverySchema>;

export const messageViewSchema = z
  .strictObject({
    id: z.string(),
    text: z.string(),
    interrupt: z.boolean(),
    by: z.string(),
    at: z.string(),
    delivery: messageDeliverySchema,
    /** The run that ended early because of it. */
    interrupted: z.string().optional(),
    deliveredTo: z.string().optional(),
    answeredBy: z.string().optional(),
    answer: z.string().optional(),
  })
  .meta({ id: 'MessageState' });
export type MessageView = z.infer<typeof messageViewSchema>;

export function messageViews(mission: Mission): MessageView[] {
  const pending = new Set(pendingMessages(mission).map(({ id }) => id));
  return Object.values(mission.messages).map((message) => {
    const { id, text, interrupt, by, at, interrupted, deliveredTo, answeredBy, answer } = message;
    const optional = present({ interrupted, deliveredTo, answeredBy, answer });
    return {
      id,
      text,
      interrupt,
      by,
      at,
      delivery: pending.has(id) ? waitingOf(mission, message) : takenBy(message),
      ...optional,
    };
  });
}

function takenBy({ deliveredTo, deliveredTurn, answeredBy }: MessageState): MessageDelivery {
  if (answeredBy !== undefined) return { state: 'answered', runId: answeredBy };
  return { state: 'delivered', ...present({ runId: deliveredTo, turn: deliveredTurn }) };
}

function waitingOf(mission: Mission, { interrupt, deliveredTo }: MessageState): MessageDelivery {
  if (isOver(mission)) return { state: 'unanswered' };
  const run = openRun(mission);
  if (!run) return { state: 'conversation' };
  if (interrupt && deliveredTo === undefined && run.task !== 'converse')
    return { state: 'interrupts', runId: run.id };
  return hears(run) ? { state: 'next_turn', runId: run.id } : { state: 'conversation' };
}

/** The engine's own work takes in no messages: they are heard in a conversation after it. */
function hears({ task, subject }: RunState): boolean {
  return task !== 'baseline' && subject.final !== true;
}

/** One message in a line for its sender. */
export function deliveryLine({ delivery, interrupted }: MessageView): string {
  const { state, runId = '', turn = 0 } = delivery;
  const before = interrupted === undefined ? '' : `interrupted ${interrupted}, `;
  switch (state) {
    case 'next_turn':
      return `${before}waits for the next turn of ${runId}`;
    case 'interrupts':
      return `interrupts ${runId}, and is answered next`;
    case 'conversation':
      return `${before}waits for a conversation of its own`;
    case 'delivered':
      return `${before}delivered to ${runId} at turn ${String(turn)}`;
    case 'answered':
      return `${before}answered by ${runId}`;
    case 'unanswered':
      return 'the mission was over before anybody heard it';
  }
}

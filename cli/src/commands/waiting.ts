import { eventLine, eventTypeOf, publicNameOf, type CloudEvent } from '@missions/contracts';
import { Option, type Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { parseSeconds } from './limits.ts';
import { waitForMission } from './wait-for-mission.ts';

const STATES = [
  'scoping',
  'awaiting_approval',
  'running',
  'paused',
  'blocked',
  'completed',
  'failed',
  'cancelled',
  'needs-you',
];

export function registerWaiting(program: Command, actions: CommandActions): void {
  program
    .command('wait')
    .description('wait until a mission is done or needs you (exit 0, 10, 11, 12; 124 when it took too long)')
    .argument('<id>')
    .addOption(new Option('--for <state>', 'wait for this state instead').choices(STATES))
    .option('--timeout <s>', 'give up after so many seconds', parseSeconds)
    .action(
      actions.handle<{ for?: string; timeout?: number }>((session, id = '') =>
        waitForMission(session, id, { for: session.options.for, timeoutS: session.options.timeout }),
      ),
    );
  program
    .command('watch')
    .description('follow a mission in words until it is done or needs you')
    .argument('<id>')
    .option('--after <seq>', 'begin behind this event; from the beginning unless given')
    .option('--timeout <s>', 'give up after so many seconds', parseSeconds)
    .action(
      actions.handle<{ after?: string; timeout?: number }>((session, id = '') =>
        waitForMission(session, id, {
          timeoutS: session.options.timeout,
          after: session.options.after,
          onEvents: (events) => printEvents(session.terminal, events),
        }),
      ),
    );
}

/** One line for each event: JSON, or time and words. */
export function printEvents(terminal: Terminal, events: readonly CloudEvent[]): void {
  for (const event of events) {
    if (terminal.json) terminal.printJson(event);
    else terminal.print(lineOf(terminal, event));
  }
}

function lineOf(terminal: Terminal, event: CloudEvent): string {
  const name = publicNameOf(event);
  const type = eventTypeOf(name);
  const words = type === undefined ? name : eventLine({ type, data: event.data });
  const time = new Date(event.time).toTimeString().slice(0, 8);
  return `${terminal.style('dim', `${String(event.sequence).padStart(5)} ${time}`)}  ${coloured(terminal, words)}`;
}

const STYLES = new Map<string, 'green' | 'red' | 'yellow'>([
  ['✓', 'green'],
  ['✗', 'red'],
  ['■', 'yellow'],
  ['?', 'yellow'],
]);

function coloured(terminal: Terminal, words: string): string {
  const style = STYLES.get(words.slice(0, 1));
  return style === undefined ? words : terminal.style(style, words);
}

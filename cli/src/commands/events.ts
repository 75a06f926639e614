import { cloudEventSchema, type CloudEvent } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { followEvents } from '../api/event-feed.ts';
import type { Session } from '../session.ts';
import { printEvents } from './waiting.ts';

interface EventsOptions {
  readonly after?: string;
  readonly follow?: boolean;
  readonly type?: string;
}

export function registerEvents(program: Command, actions: CommandActions): void {
  program
    .command('events')
    .description('the facts of a mission, in order')
    .argument('<id>')
    .option('--after <seq>', 'begin behind this event')
    .option('--follow', 'go on with what happens next')
    .option('--type <glob>', 'only these, for example run.* or "assertion.*,finding.*"')
    .action(
      actions.handle<EventsOptions>(async (session, id = '') => {
        const { after, follow, type } = session.options;
        if (follow !== true) {
          for await (const event of recorded(session, { mission: id, after, type }))
            printEvents(session.terminal, [event]);
          return;
        }
        await session.api.get('GET /v1/missions/:id', { params: { id } });
        const feed = followEvents(session.api, {
          mission: id,
          after,
          type,
          signal: session.signal,
          onReconnect: () => session.terminal.progress('connection lost, trying again'),
        });
        for await (const events of feed) printEvents(session.terminal, events);
      }),
    );
}

/** What is known now, from the place given to the end. */
export async function* recorded(
  { api, signal }: Pick<Session, 'api' | 'signal'>,
  query: {
    readonly mission: string;
    readonly after?: string | undefined;
    readonly type?: string | undefined;
  },
): AsyncGenerator<CloudEvent> {
  const stream = await api.stream({ query }, { headers: { accept: 'application/x-ndjson' }, signal });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield cloudEventSchema.parse(JSON.parse(line));
  }
}

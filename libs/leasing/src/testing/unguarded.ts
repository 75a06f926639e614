import { claimOf } from '../claim.ts';
import { leasing } from '../decide.ts';
import { evolve } from '../ledger.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { blockersOf } from '../queue.ts';
import type { Decides } from './histories.ts';

/** The decider with one of its guards taken out, to see that somebody notices. Nothing but tests can ask for one. */
export const unguarded = {
  /** Whatever token a holder names, it is taken for the right one. */
  tokenCheck: {
    decide: (command, ledger, context) => {
      const { data } = command;
      if (!('token' in data)) return leasing.decide(command, ledger, context);
      const token = ledger.held.get(data.claimId)?.token ?? data.token;
      return leasing.decide({ ...command, data: { ...data, token } } as LeasingCommand, ledger, context);
    },
  },
  /** Who is not hindered by a holder is granted, whoever came before. */
  noOvertaking: {
    decide: (command, ledger, context) => {
      const events: LeasingEvent[] = [...leasing.decide(command, ledger, context)];
      let after = events.reduce(evolve, ledger);
      for (const waiting of after.queue) {
        const { holders, closedUntil } = blockersOf(waiting, after, context.at);
        if (holders.length > 0 || closedUntil !== undefined) continue;
        const grant: LeasingEvent = {
          type: 'LockGranted',
          data: { ...claimOf(waiting), grantedAt: context.at },
        };
        events.push(grant);
        after = evolve(after, grant);
      }
      return events;
    },
  },
  /** What a lease that ran out leaves behind is open at once. */
  lockDelay: {
    decide: (command, ledger, context) => leasing.decide(command, ledger, { ...context, lockDelayMs: 0 }),
  },
} as const satisfies Readonly<Record<string, Decides>>;

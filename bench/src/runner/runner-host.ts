import type { Bus } from '@missions/bus';
import { openPostgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock } from '@missions/kernel';
import {
  MissionFolds,
  ModelNotConfigured,
  RequestingCommander,
  type MissionCommander,
  type RunDesk,
  type RunHost,
} from '@missions/runs';
import { PostgresRunDesk } from '@missions/runs/postgres';
import { monotonicMs } from '../measure/monotonic.ts';
import { numberOfRun, type Answered, type Serve } from './protocol.ts';

export interface RunnerHostInput {
  readonly serve: Serve;
  readonly bus: Bus;
  readonly onAnswer: (answered: Answered) => void;
}

const MORE_THAN_OWN = 20;

/** A worker replica's connections and parts, as its service has them, with a clock on two of its commands. */
export function runnerHost({ serve, bus, onAnswer }: RunnerHostInput): RunHost {
  const postgres = openPostgres({
    connectionString: serve.databaseUrl,
    poolSize: 6,
    applicationName: `bench runner ${serve.remainder}`,
  });
  return {
    holder: `runner-${serve.remainder}/${process.pid}`,
    actor: { kind: 'service', id: 'worker' },
    store: postgres.store,
    artifacts: postgres.artifacts,
    folds: new MissionFolds(postgres.store),
    desk: everySecondRun(new PostgresRunDesk(postgres.db), serve.remainder),
    pokes: bus,
    commander: timed(new RequestingCommander(bus), onAnswer),
    clock: systemClock,
    redactor: createRedactor({ secrets: [] }),
    log: { info: () => undefined, warn: say },
    limits: {
      leaseTtlMs: 20_000,
      leaseRenewMs: 5_000,
      maxTokensPerTurn: 1_000,
      commandMs: 10_000,
      partingMs: 2_000,
      pauseGraceMs: 1_000,
    },
    modelChoice: () => undefined,
    modelFor: (role) => Promise.reject(new ModelNotConfigured(role)),
    killPoint: () => undefined,
  };
}

function everySecondRun(desk: RunDesk, remainder: number): RunDesk {
  return {
    renew: (request) => desk.renew(request),
    openDelegations: async (filter, limit) => {
      const open = await desk.openDelegations(filter, limit + MORE_THAN_OWN);
      return open.filter(({ runId }) => numberOfRun(runId) % 2 === remainder).slice(0, limit);
    },
  };
}

function timed(commander: MissionCommander, onAnswer: (answered: Answered) => void): MissionCommander {
  return {
    send: async (request, options) => {
      const reply = await commander.send(request, options);
      const at = monotonicMs();
      const { type, data } = request.command;
      if (type === 'ClaimRun' || type === 'ConcludeRun')
        onAnswer({ kind: type, runId: (data as { readonly runId: string }).runId, at });
      return reply;
    },
  };
}

function say(fields: Readonly<Record<string, unknown>>, message: string): void {
  process.stderr.write(`runner: ${message} ${JSON.stringify(fields)}\n`);
}

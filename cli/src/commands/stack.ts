import { InvalidArgumentError, type Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ServiceReport, StackReport } from '../local/stack-report.ts';
import type { UpOptions } from '../local/up-options.ts';
import { duration, table } from '../terminal/table.ts';

export function registerStack(program: Command, actions: CommandActions): void {
  registerUp(program, actions);
  registerDown(program, actions);
  registerStatus(program, actions);
}

function registerUp(program: Command, actions: CommandActions): void {
  program
    .command('up')
    .description('start Postgres, NATS and the services on this machine')
    .option('--detach', 'return when everything is ready; it runs on until missions down')
    .option('--port <n>', 'of the API; 0 takes a free one', parsePort)
    .option('--config <file>', 'instead of missions.config.yaml here')
    .option('--database-url <url>', 'an existing Postgres, as its owner (also MISSIONS_DATABASE_URL)')
    .option('--nats-url <url>', 'an existing NATS with JetStream (also MISSIONS_NATS_URL)')
    .action(
      actions.handle<UpOptions>(async (session) => {
        // Loaded here, so that no other command waits for what only this one needs.
        const { up } = await import('../local/up.ts');
        return up(session);
      }),
    );
}

function registerDown(program: Command, actions: CommandActions): void {
  program
    .command('down')
    .description('stop what up started, whatever became of it')
    .action(
      actions.handle(async (session) => {
        const { down } = await import('../local/down.ts');
        const stopped = await down(session);
        session.terminal.answer({ stopped }, () =>
          stopped.length === 0 ? ['Nothing was running.'] : stopped.map((name) => `stopped ${name}`),
        );
      }),
    );
}

function registerStatus(program: Command, actions: CommandActions): void {
  program
    .command('status')
    .description('what of the local stack runs and answers; exit 1 unless everything does')
    .action(
      actions.handle(async (session) => {
        const { stackReport } = await import('../local/stack-report.ts');
        const report = await stackReport(session.stateDir, session.signal);
        session.terminal.answer(report, () => statusLines(report));
        return report.state === 'running' && report.apiReady ? exitCodes.ok : exitCodes.error;
      }),
    );
}

function statusLines({ state, apiUrl, stateDir, processes, services }: StackReport): readonly string[] {
  const rows = processes.map(({ name, pid, alive, startedAt }) => [
    name,
    String(pid),
    alive ? 'yes' : 'no',
    alive ? duration(Date.now() - Date.parse(startedAt)) : '–',
  ]);
  return [
    `${state}${apiUrl === undefined ? '' : `  ${apiUrl}`}  (state in ${stateDir})`,
    ...table(['process', 'pid', 'alive', 'up'], rows),
    ...(services.length === 0 ? [] : ['', ...table(['service', 'at', 'says'], services.map(serviceRow))]),
  ];
}

function serviceRow({ name, url, ready, detail, logFile }: ServiceReport): string[] {
  return [name, url, ready ? detail : `${detail}; see ${logFile}`];
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Give a port from 0 to 65535.');
}

import { Command, CommanderError, Help, type Option } from 'commander';
import { CommandActions, type Outcome } from './command-action.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConversation } from './commands/conversation.ts';
import { registerDelivery } from './commands/delivery.ts';
import { registerEvents } from './commands/events.ts';
import { registerExport } from './commands/export.ts';
import { registerHelp } from './commands/help.ts';
import { registerLooking } from './commands/looking.ts';
import { registerLocks } from './commands/locks.ts';
import { registerNew } from './commands/new.ts';
import { registerPlanning } from './commands/planning.ts';
import { registerProving } from './commands/proving.ts';
import { registerPullRequest } from './commands/pull-request.ts';
import { registerReport } from './commands/report.ts';
import { registerRuns } from './commands/runs.ts';
import { registerSetup } from './commands/setup.ts';
import { registerStack } from './commands/stack.ts';
import { registerWaiting } from './commands/waiting.ts';
import { registerDemo } from './demo/index.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import type { CliHost } from './session.ts';
import { programVersion } from './version.ts';

/** Runs one command line (without the program's name) and answers its exit code. */
export async function runCommandLine(argv: readonly string[], host: CliHost): Promise<ExitCode> {
  const outcome: Outcome = { exitCode: exitCodes.ok };
  const json = asksForJson(argv);
  const program = createProgram(host, outcome, json);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.ok;
    if (json) host.streams.stderr.write(`${JSON.stringify(usageError(error))}\n`);
    return exitCodes.usage;
  }
  return outcome.exitCode;
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

/** In the form of every other error; without a command there is no message of its own. */
function usageError({ code, message }: CommanderError): object {
  const said = code === 'commander.help' ? 'A command is missing.' : message.replace(/^error: /, '');
  return { error: { code: 'USAGE', message: said, next: 'missions help' } };
}

/** The `missions` command with everything it can do; with `json` it leaves it to the caller to say what was misused. */
export function createProgram(host: CliHost, outcome: Outcome, json = false): Command {
  const program = new Command('missions')
    .description('Let agents ship software: state a goal, approve a plan, watch it being built and proven.')
    .version(programVersion(), '--version', 'the version of this program')
    .option('--json', 'one JSON object, or one per line for streams, on stdout')
    .option('--no-input', 'never ask: do what was said, or fail where only --yes will do')
    .option('--quiet', 'no progress on stderr')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .option('--profile <name>', 'an endpoint of profiles.yaml (also MISSIONS_PROFILE)')
    .option('--api <url>', 'where Mission Control answers (also MISSIONS_API)')
    .option('--state <dir>', 'the state directory of the local stack (also MISSIONS_STATE)')
    .addHelpText('after', FIRST_STEPS)
    .addHelpText('afterAll', ({ command }) => (command.parent === null ? '' : SHARED_OPTIONS))
    .showHelpAfterError('(missions help COMMAND says more)')
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => host.streams.stdout.write(text),
      writeErr: (text) => {
        if (!json) host.streams.stderr.write(text);
      },
    })
    .exitOverride();
  const actions = new CommandActions(host, outcome);
  registerCommands(program, actions);
  return program;
}

function optionDescription(option: Option): string {
  const description = new Help().optionDescription(option);
  return option.mandatory ? `${description} (required)` : description;
}

/** In the order in which a newcomer needs them. */
function registerCommands(program: Command, actions: CommandActions): void {
  program.commandsGroup('Set up:');
  registerSetup(program, actions);
  registerStack(program, actions);
  registerDemo(program);
  program.commandsGroup('Start a mission:');
  registerNew(program, actions);
  registerPlanning(program, actions);
  program.commandsGroup('Look and wait:');
  registerLooking(program, actions);
  registerWaiting(program, actions);
  registerEvents(program, actions);
  registerRuns(program, actions);
  program.commandsGroup('See what is proven:');
  registerProving(program, actions);
  program.commandsGroup('Step in:');
  registerConversation(program, actions);
  registerLocks(program, actions);
  program.commandsGroup('Take delivery:');
  registerReport(program, actions);
  registerExport(program, actions);
  registerDelivery(program, actions);
  registerPullRequest(program, actions);
  program.commandsGroup('Help:');
  registerHelp(program);
  registerCompletion(program, actions);
}

const FIRST_STEPS = `
A first mission:
  missions init && missions doctor      a configuration, and what could be in the way
  missions up --detach                  start everything on this machine
  missions new "GOAL" --repo PATH       prints the mission's ID
  missions watch ID                     follow it until it needs you; show ID says what to do next`;

const SHARED_OPTIONS = `
Every command takes --json, --quiet, --no-input and the other options of: missions --help`;

import type { Argument, Command, Option } from 'commander';

/** What may stand in a place: one of these words, the name of a file, or something nobody here can know. */
export type Value = { readonly words: readonly string[] } | 'file' | 'unknown';

export interface CompletedOption {
  /** `--json`, or `-h` and `--help`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined when it takes none. */
  readonly value: Value | undefined;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** The words that lead to it: empty for the program, `locks revoke`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  readonly args: readonly Value[];
}

/** Every command below and with this one, with all that may be typed behind it: what `--help` shows, and nothing else. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  return below(program, { path: '', inherited: [] });
}

interface Place {
  readonly path: string;
  readonly inherited: readonly CompletedOption[];
  /** The commands it stands beside: `help` is followed by one of them. */
  readonly beside?: readonly string[];
}

function below(command: Command, { path, inherited, beside }: Place): readonly CompletedCommand[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const own = help.visibleOptions(command).map(completedOption);
  const flags = new Set(own.flatMap((option) => option.flags));
  const options = [...own, ...inherited.filter((option) => !option.flags.some((flag) => flags.has(flag)))];
  const completed: CompletedCommand = {
    path,
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options,
    args:
      beside && command.name() === 'help' ? [{ words: beside }] : command.registeredArguments.map(valueOf),
  };
  const here = options.filter(({ flags }) => !flags.includes('--help') && !flags.includes('--version'));
  const next = (name: string): Place => ({
    path: path === '' ? name : `${path} ${name}`,
    inherited: here,
    beside: commands.map((one) => one.name()),
  });
  return [completed, ...commands.flatMap((one) => below(one, next(one.name())))];
}

function completedOption(option: Option): CompletedOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const takesValue = option.required || option.optional;
  return { flags, description: option.description, value: takesValue ? valueOfOption(option) : undefined };
}

function valueOfOption({ argChoices, flags }: Option): Value {
  return argChoices === undefined
    ? namedValue(/[<[](.+?)[\]>]/u.exec(flags)?.[1] ?? '')
    : { words: argChoices };
}

function valueOf(argument: Argument): Value {
  return argument.argChoices === undefined ? namedValue(argument.name()) : { words: argument.argChoices };
}

function namedValue(name: string): Value {
  return /^(file|path|dir)\b/u.test(name) ? 'file' : 'unknown';
}

import { scopeOfName, type LedgerHistory } from '@missions/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { quoted } from '../completion/shell-text.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { plainLine } from '../terminal/terminal.ts';
import { parseCount } from './limits.ts';

interface HistoryOptions {
  readonly resource?: string;
  readonly mission?: string;
  readonly claim?: string;
  readonly limit?: number;
  readonly before?: number;
}

/** As Mission Control takes it. */
const MOST_ENTRIES = 500;

/** What was decided about what missions share, as a log. */
export function registerLockHistory(locks: Command, actions: CommandActions): void {
  locks
    .command('history')
    .description('what was decided in one ledger: by whom, why, who had it before')
    .argument('<scope>', 'as local of port:/local/8080, or such a name for that resource alone')
    .option('--mission <id>', 'only what concerns this mission')
    .option('--resource <name>', 'only what concerns this resource')
    .option('--claim <id>', 'only what concerns this claim')
    .option('--limit <n>', 'so many of the newest, 50 unless given, at most 500', parseLimit)
    .option('--before <version>', 'only what was decided before this version', parseCount)
    .action(
      actions.handle<HistoryOptions>(async ({ api, terminal, options }, name = '') => {
        const { scope, ...query } = askedFor(name, options);
        const history = await api.get('GET /v1/locks/:scope/history', { params: { scope }, query });
        terminal.answer(history, () => historyLines(history, { scope, ...query }));
      }),
    );
}

type Asked = HistoryOptions & { readonly scope: string };

function askedFor(
  name: string,
  { resource, mission, claim, limit, before }: Session<HistoryOptions>['options'],
): Asked {
  const isResource = name.includes(':/');
  if (isResource && resource !== undefined)
    throw new CliError(`${name} and --resource ${resource} both name a resource: say one of them.`, {
      ...{
        code: 'USAGE',
        exitCode: exitCodes.usage,
        next: `missions locks history ${scopeOfName(name)} --resource NAME`,
      },
    });
  const scope = isResource ? scopeOfName(name) : name;
  return {
    scope,
    ...withValues({ resource: isResource ? name : resource, mission, claim, limit, before }),
  };
}

function withValues(options: {
  readonly [Key in keyof HistoryOptions]: HistoryOptions[Key] | undefined;
}): HistoryOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Oldest first, as it happened; last of all how to see what happened before. */
function historyLines({ scope, entries, before }: LedgerHistory, asked: Asked): readonly string[] {
  const width = String(entries[0]?.version ?? 0).length;
  const lines = entries.map(
    ({ at, version, line }) => plainLine(at) + `  ${String(version).padStart(width)}  ${plainLine(line)}`,
  );
  return [
    ...(lines.length === 0
      ? [`Nothing like it was decided in ${plainLine(scope)}${before === undefined ? '' : ' lately'}.`]
      : lines.toReversed()),
    ...(before === undefined ? [] : [`earlier: ${plainLine(commandFor({ ...asked, before }))}`]),
  ];
}

function commandFor({ scope, ...options }: Asked): string {
  const order = ['mission', 'resource', 'claim', 'limit', 'before'] as const;
  const given = order.flatMap((name) =>
    options[name] === undefined ? [] : [`--${name} ${shellWord(String(options[name]))}`],
  );
  return ['missions locks history', shellWord(scope), ...given].join(' ');
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : quoted(text);
}

function parseLimit(text: string): number {
  const limit = parseCount(text);
  if (limit <= MOST_ENTRIES) return limit;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${String(MOST_ENTRIES)}.`);
}

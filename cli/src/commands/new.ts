import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  autonomySchema,
  briefDraftSchema,
  integrationSchema,
  prioritySchema,
  stanceSchema,
  type BriefDraft,
} from '@missions/mission';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { limitsOf, parseSeconds, parseUsd, withLimitOptions, type LimitOptions } from './limits.ts';
import { whyUnreadable } from './output-file.ts';
import { waitForMission } from './wait-for-mission.ts';

interface NewOptions extends LimitOptions {
  readonly repo: string;
  readonly base?: string;
  readonly budget?: number;
  readonly yes?: boolean;
  readonly brief?: string;
  readonly autonomy?: z.infer<typeof autonomySchema>;
  readonly integration?: z.infer<typeof integrationSchema>;
  readonly stance?: z.infer<typeof stanceSchema>;
  readonly priority?: number;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function registerNew(program: Command, actions: CommandActions): void {
  const command = program
    .command('new')
    .description('start a mission')
    .argument('<goal>', 'what is to be achieved, in your own words')
    .requiredOption('--repo <path|url>', 'the Git repository it is about')
    .option('--base <branch>', 'where to start from; the checked-out branch unless given')
    .option('--budget <usd>', 'the most it may spend', parseUsd);
  withLimitOptions(command)
    .option('--yes', 'take defaults for every question and approve the plan in advance')
    .option('--brief <file>', 'a brief (YAML or JSON) that replaces scoping')
    .addOption(new Option('--autonomy <mode>', 'how much it may decide').choices(autonomySchema.options))
    .addOption(
      new Option(
        '--integration <mode>',
        'lock the files it touches and build on what others changed of them',
      ).choices(integrationSchema.options),
    )
    .addOption(new Option('--stance <s>', 'how it talks about what it shares').choices(stanceSchema.options))
    .option('--priority <n>', 'from -10 to 10: a higher one gives way later', parsePriority)
    .option('--wait', 'wait until it is done or needs you')
    .option('--timeout <s>', 'with --wait: give up waiting after so many seconds', parseSeconds)
    .action(
      actions.handle<NewOptions>(async (session, goal = '') => {
        const accepted = await session.api.command('POST /v1/missions', { body: orderOf(session, goal) });
        for (const note of accepted.notes ?? []) session.terminal.say(`note: ${note}`);
        const { missionId, seq } = accepted;
        if (session.options.wait === true) {
          session.terminal.say(`${missionId} started`);
          return waitForMission(session, missionId, { timeoutS: session.options.timeout });
        }
        session.terminal.answer({ missionId, seq }, () => [missionId]);
        if (!session.terminal.json) session.terminal.say(`next: missions watch ${missionId}`);
        return exitCodes.ok;
      }),
    );
}

function orderOf({ options, host }: Session<NewOptions>, goal: string): object {
  const { repo, base, yes, brief, autonomy, integration, stance, priority } = options;
  const budget = limitsOf(options, options.budget);
  if (goal.trim() === '') throw emptyGoal();
  return {
    goal,
    repository: isUrl(repo) ? repo : resolve(host.cwd, repo),
    acceptDefaults: yes === true,
    ...(base !== undefined && { base }),
    ...(Object.keys(budget).length > 0 && { budget }),
    ...(autonomy !== undefined && { autonomy }),
    ...(integration !== undefined && { integration }),
    ...(stance !== undefined && { stance }),
    ...(priority !== undefined && { priority }),
    ...(brief !== undefined && { brief: readBrief(resolve(host.cwd, brief)) }),
  };
}

function parsePriority(text: string): number {
  const parsed = prioritySchema.safeParse(/^-?\d+$/.test(text) ? Number(text) : text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('A priority is a whole number from -10 to 10.');
}

function emptyGoal(): CliError {
  return new CliError('The goal is empty: say in your own words what is to be achieved.', {
    code: 'USAGE',
    exitCode: exitCodes.usage,
    next: 'missions new "GOAL" --repo PATH',
  });
}

/** `https://…`, `ssh://…`, or the short form of ssh: `git@host:path`. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^[\w.-]+@[\w.-]+:/.test(text);
}

function readBrief(path: string): BriefDraft {
  const parsed = briefDraftSchema.safeParse(parseFile(path));
  if (parsed.success) return parsed.data;
  throw new CliError(`${path} is no usable brief:\n${z.prettifyError(parsed.error)}`, {
    code: 'BRIEF_INVALID',
    exitCode: exitCodes.usage,
  });
}

function parseFile(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CliError(`The brief ${path} cannot be read: ${whyUnreadable(error)}.`, {
      code: 'BRIEF_INVALID',
      exitCode: exitCodes.usage,
      next: 'missions help new',
      cause: error,
    });
  }
}

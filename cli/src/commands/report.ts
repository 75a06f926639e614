import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import { plain } from '../terminal/terminal.ts';

interface ReportOptions {
  readonly format: 'md' | 'json' | 'html';
  readonly output?: string;
}

export function registerReport(program: Command, actions: CommandActions): void {
  program
    .command('report')
    .description('what was built, what is proven, and what is not')
    .argument('<id>')
    .addOption(
      new Option('--format <format>', 'html is one page with the screenshots in it')
        .choices(['md', 'json', 'html'])
        .default('md'),
    )
    .option('--output <file>', 'into a file instead of standard output')
    .action(
      actions.handle<ReportOptions>(async ({ api, terminal, options, host }, id = '') => {
        const format = terminal.json ? 'json' : options.format;
        const params = { id };
        const text =
          format === 'json'
            ? `${JSON.stringify(await api.get('GET /v1/missions/:id/report', { params }))}\n`
            : await api.text('GET /v1/missions/:id/report', { params, query: { format } });
        if (options.output === undefined) {
          // Markup is for a program or a file; Markdown may be read on a terminal as it is.
          terminal.print((format === 'md' ? plain(text) : text).trimEnd());
          return;
        }
        const path = resolve(host.cwd, options.output);
        writeNew(path, text);
        if (terminal.json) terminal.printJson({ missionId: id, format, path });
        else terminal.print(path);
      }),
    );
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CliError(
      `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: 'OUTPUT_NOT_WRITABLE',
        exitCode: exitCodes.usage,
        cause: error,
      },
    );
  }
}

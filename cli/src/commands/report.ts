import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import { plain } from '../terminal/terminal.ts';
import { requireNew, writeOutput, type OutputOptions } from './output-file.ts';

interface ReportOptions extends OutputOptions {
  readonly format?: 'md' | 'json' | 'html';
}

export function registerReport(program: Command, actions: CommandActions): void {
  program
    .command('report')
    .description('what was built, what is proven, and what is not')
    .argument('<id>')
    .addOption(
      new Option('--format <format>', 'md unless given; html is one page with the screenshots in it').choices(
        ['md', 'json', 'html'],
      ),
    )
    .option('--output <file>', 'into a file instead of standard output')
    .option('--force', 'replace the file that is there')
    .action(
      actions.handle<ReportOptions>(async ({ api, terminal, options, host }, id = '') => {
        const format = formatOf(options, terminal.json);
        const path = options.output === undefined ? undefined : resolve(host.cwd, options.output);
        if (path !== undefined) requireNew(path, options);
        const params = { id };
        const text =
          format === 'json'
            ? `${JSON.stringify(await api.get('GET /v1/missions/:id/report', { params }))}\n`
            : await api.text('GET /v1/missions/:id/report', { params, query: { format } });
        if (path === undefined) {
          // Markup is for a program or a file; Markdown may be read on a terminal as it is.
          terminal.print((format === 'md' ? plain(text) : text).trimEnd());
          return;
        }
        writeOutput(path, text);
        if (terminal.json) terminal.printJson({ missionId: id, format, path });
        else terminal.print(path);
      }),
    );
}

/** With --json standard output is JSON and nothing else; a file may have any format. */
function formatOf({ format, output }: ReportOptions, json: boolean): NonNullable<ReportOptions['format']> {
  if (!json) return format ?? 'md';
  if (format === undefined || format === 'json' || output !== undefined) return format ?? 'json';
  throw new CliError(`--json prints JSON, and --format ${format} asks for something else.`, {
    code: 'USAGE',
    exitCode: exitCodes.usage,
    next: 'leave one of them out, or name a file with --output',
  });
}

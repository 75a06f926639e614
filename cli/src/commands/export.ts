import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { counted } from '@missions/contracts';
import { Option, type Command } from 'commander';
import type { VerifiedBundle } from '../bundle/verify-bundle.ts';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { shortSha } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';
import { cannotOpen, requireNew, type OutputOptions } from './output-file.ts';
import { recorded } from './events.ts';

interface ExportOptions extends OutputOptions {
  readonly format: 'ndjson' | 'bundle';
  readonly verify?: string;
}

export function registerExport(program: Command, actions: CommandActions): void {
  program
    .command('export')
    .description('the whole mission for other programs, or as one archive')
    .argument('[id]')
    .addOption(
      new Option(
        '--format <format>',
        'ndjson: one CloudEvent per line; bundle: report, evidence, patch, Git bundle and log',
      )
        .choices(['ndjson', 'bundle'])
        .default('ndjson'),
    )
    .option('--output <file>', 'where the archive goes (ID.tar.gz unless given)')
    .option('--force', 'replace the file that is there')
    .option('--verify <file>', 'check an archive instead, without Mission Control; exit 1 if it is not whole')
    .action(
      actions.handle<ExportOptions>(async (session, id = '') => {
        const { format, verify } = session.options;
        if (verify !== undefined) return verifyFile(session, verify);
        if (id === '')
          throw new CliError('Say which mission, or name an archive with --verify.', {
            code: 'USAGE',
            exitCode: exitCodes.usage,
            next: 'missions help export',
          });
        if (format === 'bundle') return exportBundle(session, id);
        for await (const event of recorded(session, { mission: id })) session.terminal.printJson(event);
        return exitCodes.ok;
      }),
    );
}

async function verifyFile(session: Session<ExportOptions>, file: string): Promise<ExitCode> {
  const path = resolve(session.host.cwd, file);
  const reason = cannotOpen(path);
  if (reason !== undefined)
    throw new CliError(`${path} cannot be checked: ${reason}.`, {
      code: 'ARCHIVE_UNREADABLE',
      exitCode: exitCodes.usage,
    });
  const verified = await checked(path);
  session.terminal.answer({ path, ...verified }, () => verifiedLines(path, verified));
  return verified.ok ? exitCodes.ok : exitCodes.error;
}

/** The archive appears under its name only when it is whole and checked. */
async function exportBundle(session: Session<ExportOptions>, id: string): Promise<ExitCode> {
  const { api, terminal, host, signal, options } = session;
  const path = resolve(host.cwd, options.output ?? `${id}.tar.gz`);
  const part = `${path}.part`;
  requireNew(path, options);
  const body = await api.download('GET /v1/missions/:id/export', {
    params: { id },
    query: { format: 'bundle' },
  });
  terminal.progress(`packing ${id}`);
  try {
    await pipeline(Readable.fromWeb(body), createWriteStream(part, { mode: 0o600 }), { signal });
    const verified = await checked(part);
    if (!verified.ok)
      throw new CliError(`The archive is not whole: ${verified.problems.join(' ')}`, {
        code: 'BUNDLE_INVALID',
      });
    await rename(part, path);
    terminal.answer({ path, ...verified }, () => verifiedLines(path, verified));
  } finally {
    await rm(part, { force: true });
  }
  return exitCodes.ok;
}

async function checked(path: string): Promise<VerifiedBundle> {
  const { verifyBundle } = await import('../bundle/verify-bundle.ts');
  return verifyBundle(createReadStream(path));
}

function verifiedLines(path: string, verified: VerifiedBundle): readonly string[] {
  const { ok, problems, missionId, seq, chainHash, headSha, files, bytes } = verified;
  return [
    path,
    ...problems.map((problem) => `✗ ${plainLine(problem)}`),
    ...(missionId === undefined
      ? []
      : [`${missionId} at ${String(seq ?? 0)}, head ${shortSha(headSha)}, chain ${chainHash ?? ''}`]),
    `${ok ? '✓' : '✗'} ${counted(files, 'file')}, ${counted(bytes, 'byte')}${ok ? ': whole, and the report follows from the log' : ''}`,
  ];
}

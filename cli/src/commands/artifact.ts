import { resolve } from 'node:path';
import { counted } from '@missions/contracts';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/terminal.ts';
import { requireNew, writeOutput, type OutputOptions } from './output-file.ts';

export function registerArtifact(program: Command, actions: CommandActions): void {
  program
    .command('artifact')
    .description('what was captured, by its digest: output, a screenshot, a page; why names the digests')
    .argument('<digest>', 'sha256:…')
    .option('--output <file>', 'into a file instead of standard output, as it is')
    .option('--force', 'replace the file that is there')
    .action(actions.handle<OutputOptions>((session, digest = '') => showArtifact(session, digest)));
}

async function showArtifact(session: Session<OutputOptions>, digest: string): Promise<void> {
  const { api, terminal, options, host } = session;
  const path = options.output === undefined ? undefined : resolve(host.cwd, options.output);
  if (path !== undefined) requireNew(path, options);
  const content = await api.bytes('GET /v1/artifacts/:digest', { params: { digest } });
  const bytes = content.length;
  if (path !== undefined) {
    writeOutput(path, content);
    terminal.answer({ digest, bytes, path }, () => [path]);
    return;
  }
  const text = textOf(content);
  if (text === undefined)
    throw new CliError(`${digest} is ${counted(bytes, 'byte')} that are no text.`, {
      code: 'NO_TEXT',
      exitCode: exitCodes.usage,
      next: `missions artifact ${digest} --output FILE`,
    });
  terminal.answer({ digest, bytes, text }, () => [plain(text).trimEnd()]);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../terminal/table.ts';

export function registerSetup(program: Command, actions: CommandActions): void {
  registerInit(program, actions);
  registerDoctor(program, actions);
  registerConfig(program, actions);
}

function registerInit(program: Command, actions: CommandActions): void {
  program
    .command('init')
    .description('write a missions.config.yaml to begin with')
    .option('--force', 'replace the one that is there')
    .action(
      actions.handle<{ force?: boolean }>(async ({ host, options, terminal }) => {
        const { writeConfigTemplate } = await import('../local/config-template.ts');
        const path = writeConfigTemplate(host.cwd, options.force === true);
        terminal.answer({ path }, () => [path]);
        if (!terminal.json) terminal.say('next: export ANTHROPIC_API_KEY=…, then missions doctor');
      }),
    );
}

function registerDoctor(program: Command, actions: CommandActions): void {
  program
    .command('doctor')
    .description('look for whatever could keep missions from running here')
    .option('--config <file>', 'instead of missions.config.yaml here')
    .action(
      actions.handle<{ config?: string }>(async ({ host, options, stateDir, terminal, signal }) => {
        const { examine } = await import('../local/doctor.ts');
        const { config } = options;
        const checks = await examine({
          stateDir,
          env: host.env,
          cwd: host.cwd,
          signal,
          ...(config !== undefined && { config }),
        });
        const ok = checks.every((check) => check.ok || check.optional);
        terminal.answer({ ok, checks }, () =>
          checks.flatMap(({ name, ok: good, optional, detail, fix }) => [
            `${good ? terminal.style('green', '✓') : optional ? terminal.style('yellow', '!') : terminal.style('red', '✗')} ${name}: ${detail}`,
            ...(good || fix === undefined ? [] : [`    → ${fix}`]),
          ]),
        );
        return ok ? exitCodes.ok : exitCodes.error;
      }),
    );
}

function registerConfig(program: Command, actions: CommandActions): void {
  program
    .command('config')
    .description('the configuration that is in force')
    .command('show')
    .description('every setting as it is, whoever set it')
    .option('--origin', 'say where each value comes from')
    .option('--config <file>', 'instead of missions.config.yaml here')
    .action(
      actions.handle<{ origin?: boolean; config?: string }>(async ({ host, options, terminal }) => {
        const { loadConfig } = await import('@missions/runtime');
        const { config: file } = options;
        const { config, origins } = await loadConfig({
          env: host.env,
          cwd: host.cwd,
          ...(file !== undefined && { file }),
        });
        const places = Object.fromEntries(origins);
        if (options.origin !== true) terminal.answer({ config }, () => [stringify(config).trimEnd()]);
        else
          terminal.answer({ config, origins: places }, () =>
            table(
              ['setting', 'value', 'from'],
              Object.entries(places).map(([path, origin]) => [path, valueText(config, path), origin]),
            ),
          );
      }),
    );
}

/** The value of a setting, on one line; configuration holds references to secrets, never secrets. */
function valueText(config: object, path: string): string {
  const value = valueAt(config, path);
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** A name may have dots of its own, as those of models do. */
function valueAt(at: unknown, path: string): unknown {
  if (typeof at !== 'object' || at === null) return undefined;
  const found = Object.entries(at).find(([key]) => path === key || path.startsWith(`${key}.`));
  if (!found) return undefined;
  return path === found[0] ? found[1] : valueAt(found[1], path.slice(found[0].length + 1));
}

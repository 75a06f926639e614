import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runMissions } from '../conformance/run-missions.ts';
import { createProgram } from '../program.ts';
import { completedCommands, type CompletedCommand } from './command-tree.ts';

const run = promisify(execFile);

const streams = { stdout: process.stdout, stderr: process.stderr };
const host = { env: {}, cwd: '/', streams, canAsk: false, signal: new AbortController().signal };
const commands = completedCommands(createProgram(host, { exitCode: 0 }));

let place: string;
let script: string;

beforeAll(async () => {
  place = mkdtempSync(join(realpathSync(tmpdir()), 'missions-completion-'));
  script = join(place, 'completion.bash');
  writeFileSync(script, (await runMissions(['completion', 'bash'])).stdout);
});

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

/** Presses Tab behind each line in a bash that has read the script. */
async function offered(lines: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
  const tab =
    'source "$0"; while IFS= read -r -d "" line; do IFS=$\'\\t\' read -r -a COMP_WORDS < <(printf "%s\\n" "$line"); ' +
    'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); ' +
    '[[ $line == *$\'\\t\' ]] && { COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); }; ' +
    '_missions; printf "%s\\t" "${COMPREPLY[@]}"; printf "\\n"; done';
  const running = run('bash', ['--norc', '--noprofile', '-c', tab, script], { cwd: place, timeout: 60_000 });
  running.child.stdin?.end(lines.map((words) => `${['missions', ...words].join('\t')}\0`).join(''));
  const { stdout } = await running;
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').filter((word) => word !== ''));
}

const wordsOf = ({ path }: CompletedCommand): readonly string[] => (path === '' ? [] : path.split(' '));

describe('what bash offers once it has read the script', () => {
  it('is, behind each command, its own commands', async () => {
    const groups = commands.filter((one) => one.commands.length > 0);
    const got = await offered(groups.map((one) => [...wordsOf(one), '']));
    expect(got).toEqual(groups.map((one) => one.commands.map(({ name }) => name)));
    expect(got[0]).toEqual(expect.arrayContaining(['new', 'locks', 'completion', 'help']));
  });

  it('is, behind each command, all its options and those of the program', async () => {
    const got = await offered(commands.map((one) => [...wordsOf(one), '-']));
    expect(got).toEqual(commands.map(({ options }) => options.flatMap(({ flags }) => flags)));
    const revoke = got[commands.findIndex(({ path }) => path === 'locks revoke')];
    expect(revoke).toEqual(expect.arrayContaining(['--reason', '--yes', '--json', '--help']));
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['what is begun', ['lo'], ['locks']],
    ['the values of an option', ['export', 'm-1', '--format', ''], ['ndjson', 'bundle']],
    ['the values of an option behind =', ['export', '--format', '=', 'b'], ['bundle']],
    ['the values of an argument', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['the commands to get help for', ['help', 'app'], ['approve', 'approvals']],
    ['a command behind an option with a value', ['--profile', 'list', 'loc'], ['locks']],
    ['files for a file', ['new', 'a goal', '--brief', 'comp'], ['completion.bash']],
    ['nothing for what only a person knows', ['locks', 'revoke', 'm-1/lock', '--reason', ''], []],
    ['nothing for a second id', ['show', 'list', ''], []],
  ])('is %s', async (_what, words, expected) => {
    expect(new Set((await offered([words]))[0])).toEqual(new Set(expected));
  });
});

describe('missions completion', () => {
  it('knows bash, zsh and fish, and no other shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { exitCode, stdout } = await runMissions(['completion', shell, '--json']);
      expect(exitCode).toBe(0);
      const script: unknown = (JSON.parse(stdout) as { script: unknown }).script;
      expect(script).toContain('locks revoke');
    }
    expect((await runMissions(['completion', 'tcsh'])).exitCode).toBe(2);
  });
});

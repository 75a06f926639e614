import { createRedactor } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { SandboxSession } from '../sandbox.ts';
import { openTerminal, type ScreenWait, type Terminal, type TerminalScreen } from './index.ts';

let sandbox: TestSandbox;
let session: SandboxSession;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());

beforeEach(async () => {
  session = await sandbox.open();
});
afterEach(() => session.close());

const redactor = createRedactor({ secrets: [{ name: 'key', value: 'hunter2-is-the-secret' }] });
const open = (command: string, more: object = {}): Promise<Terminal> =>
  openTerminal(session, { command, redactor, ...more });

const wait: ScreenWait = { limitMs: 20_000, holdMs: 0, signal: AbortSignal.timeout(60_000) };
const shows =
  (text: string) =>
  ({ lines }: TerminalScreen): boolean =>
    lines.join('\n').includes(text);

async function screenWith(terminal: Terminal, text: string): Promise<TerminalScreen> {
  const { held, screen } = await terminal.waitFor(shows(text), wait);
  expect(`${held ? '' : 'missing: '}${text}`).toBe(text);
  return screen;
}

interface CastEvent {
  readonly kind: string;
  readonly text: string;
}

function eventsOf(cast: string): readonly CastEvent[] {
  const [, ...lines] = cast.trimEnd().split('\n');
  return lines.map((line) => {
    const [seconds, kind, text] = JSON.parse(line) as [number, string, string];
    expect(seconds).toBeGreaterThanOrEqual(0);
    return { kind, text };
  });
}

describe('a program on a terminal', () => {
  it('finds a real one of the size that was asked for, and ends with its own exit code', async () => {
    const terminal = await open('tty; stty size; echo "$TERM"; exit 7', { columns: 100, rows: 30 });
    expect(await terminal.ended).toMatchObject({ exitCode: 7 });
    const screen = await terminal.screen();
    expect(screen.rows).toHaveLength(30);
    expect(screen.rows.slice(0, 3)).toEqual([
      expect.stringMatching(/^\/dev\/pts\/\d+$/),
      '30 100',
      'xterm-256color',
    ]);
    await terminal.close();
  });

  it('reads what is typed, and the keys that mean something to it', async () => {
    const terminal = await open(`read -p "It's who? " name; echo "hello $name"; cat; echo "over"; sleep 300`);
    await screenWith(terminal, "It's who?");
    terminal.type('adb');
    terminal.press('backspace');
    terminal.type('a\n');
    const screen = await screenWith(terminal, 'hello ada');
    expect(screen.rows.slice(0, 2)).toEqual(["It's who? ada", 'hello ada']);
    terminal.type('line\n');
    terminal.press('ctrl_d');
    await screenWith(terminal, 'over');
    terminal.press('ctrl_c');
    expect(await terminal.ended).toMatchObject({ exitCode: 130 });
    terminal.type('nobody is there');
    const events = eventsOf(await terminal.close());
    expect(events.filter(({ kind }) => kind === 'i').map(({ text }) => text)).toEqual([
      'adb',
      '\x7f',
      'a\r',
      'line\r',
      '\x04',
      '\x03',
    ]);
  });

  it('paints: what was overwritten is gone, and the alternate screen gives the first one back', async () => {
    const paint = String.raw`printf 'first\n'; printf '\033[?1049h\033[2J\033[5;10Hmenu\rchoose'; read x; printf '\033[?1049l'; read y`;
    const terminal = await open(paint);
    const menu = await screenWith(terminal, 'choose');
    expect(menu.rows[4]).toBe('choose   menu');
    expect(menu.text).not.toContain('first');
    terminal.press('enter');
    const screen = await screenWith(terminal, 'first');
    expect(screen.text).not.toContain('menu');
    await terminal.close();
  });

  it('is told where the cursor is and gets the arrows in the form it asked for', async () => {
    const program = String.raw`stty raw -echo; printf 'ab\033[6n'; head -c 6 | od -An -c; printf '\033[?1h'; printf 'ready'; head -c 3 | od -An -c`;
    const terminal = await open(program);
    await screenWith(terminal, 'ready');
    terminal.press('up');
    const screen = await screenWith(terminal, 'O   A');
    expect(screen.text).toMatch(/033\s+\[\s+1\s+;\s+3\s+R/);
    await terminal.close();
  });

  it('looks as it was coloured: what is marked stands out', async () => {
    const colours = String.raw`printf 'a \033[7m list \033[0m \033[1;31mred\033[0m \033[38;5;208morange\033[0m \033[48;2;1;2;3mon\033[0m end'; sleep 300`;
    const terminal = await open(colours);
    const { styled } = await screenWith(terminal, 'end');
    const plain = { bold: false, foreground: undefined, background: undefined };
    expect(styled[0]).toEqual([
      { column: 0, width: 2, text: 'a ', ...plain },
      { column: 2, width: 6, text: ' list ', bold: false, foreground: '#14171c', background: '#e5e7eb' },
      { column: 8, width: 1, text: ' ', ...plain },
      { column: 9, width: 3, text: 'red', ...plain, bold: true, foreground: '#ef4444' },
      { column: 12, width: 1, text: ' ', ...plain },
      { column: 13, width: 6, text: 'orange', ...plain, foreground: '#ff8700' },
      { column: 19, width: 1, text: ' ', ...plain },
      { column: 20, width: 2, text: 'on', ...plain, background: '#010203' },
      { column: 22, width: 4, text: ' end', ...plain },
    ]);
    expect(styled[1]).toEqual([]);
    await terminal.close();
  });

  it('is one line where it was too long for a row, and what scrolled away stays in its text', async () => {
    const terminal = await open('seq 1 100; printf "%090d!" 7; sleep 300');
    const screen = await screenWith(terminal, '7!');
    expect(screen.lines.at(-1)).toBe(`${'0'.repeat(89)}7!`);
    expect(screen.rows.slice(-2).map(({ length }) => length)).toEqual([80, 11]);
    expect(screen.lines).not.toContain('1');
    expect(screen.text).toMatch(/^1\n2\n3\n/);
    await terminal.close();
  });

  it('shows no secret, neither across rows nor in colours, on the screen or in the recording', async () => {
    const secret = 'hunter2-is-the-secret';
    const terminal = await open(`printf '%070d${secret}\\n' 0; printf 'plain ${secret}\\n'; sleep 300`);
    const screen = await screenWith(terminal, 'plain [redacted:key]');
    expect(screen.lines[0]).toBe(`${'0'.repeat(70)}[redacted:key]`);
    expect(screen.text).not.toContain('hunter2');
    const cast = await terminal.close();
    expect(cast).not.toContain('hunter2');
    expect(
      eventsOf(cast)
        .map(({ text }) => text)
        .join(''),
    ).toContain('plain [redacted:key]');
    const coloured = await open(String.raw`printf 'hunter2\033[1m-is-the-secret\n'`);
    await coloured.ended;
    expect(await coloured.close()).toContain('left out');
  });

  it('has to show what is wanted for as long as asked, without a break', async () => {
    const terminal = await open(String.raw`printf 'a'; read x; printf '\033[H\033[2Jb'; read y`);
    await screenWith(terminal, 'a');
    const soon = await terminal.waitFor(shows('b'), { ...wait, limitMs: 50 });
    expect(soon.held).toBe(false);
    const holding = terminal.waitFor(shows('a'), { ...wait, limitMs: 1_500, holdMs: 1_200 });
    terminal.press('enter');
    expect((await holding).held).toBe(false);
    await terminal.close();
  });

  it('floods nothing but itself', async () => {
    const terminal = await open('yes "all work and no play"');
    expect(await terminal.ended).toMatchObject({ killedBy: 'output', exitCode: undefined });
    expect((await terminal.screen()).rows[0]).toBe('all work and no play');
    expect((await terminal.close()).length).toBeLessThan(2_500_000);
  });

  it('dies with its terminal, and with its session', async () => {
    const terminal = await open('trap "" HUP TERM; sleep 300');
    await terminal.close();
    expect(terminal.alive()).toBe(false);
    const other = await open('echo up; sleep 300');
    await screenWith(other, 'up');
    await session.close();
    expect(await other.ended).toMatchObject({ killedBy: 'session_closed' });
  });

  it('ends the wait of whoever gives up', async () => {
    const terminal = await open('sleep 300');
    const abort = new AbortController();
    const waiting = terminal.waitFor(shows('never'), { ...wait, signal: abort.signal });
    abort.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    await terminal.close();
  });
});

describe('a sandbox without what makes a terminal', () => {
  it('refuses, and says what is missing', async () => {
    const bare: SandboxSession = Object.create(session, {
      run: {
        value: (request: Parameters<SandboxSession['run']>[0]) =>
          session.run({ ...request, env: { PATH: '/nowhere' } }),
      },
    }) as SandboxSession;
    await expect(openTerminal(bare, { command: 'true', redactor })).rejects.toMatchObject({
      code: 'TERMINAL_UNAVAILABLE',
    });
  });
});

import { findTool, stateDirectory } from '@missions/local';
import type { ProofRecord } from '@missions/mission';
import type { SandboxProvider } from '@missions/workspace';
import { proofStage, stageAssertion, stageSecret, type ProofStage } from './conformance/proof-stage.ts';
import { ProofEngine } from './proof-engine.ts';
import type { ProofSite } from './proof-site.ts';

const menu = `
import { createInterface } from 'node:readline';
const rows = ['Tasks', '1) add', '2) list', 'q) quit'];
const tasks = [];
const asks = createInterface({ input: process.stdin, output: process.stdout });
const show = (...lines) => process.stdout.write('\\x1b[2J\\x1b[H' + [...rows, ...lines].join('\\r\\n') + '\\r\\n');
show();
asks.setPrompt('> ');
asks.prompt();
let adding = false;
asks.on('line', (line) => {
  if (adding) { tasks.push(line); adding = false; show('Added ' + line); }
  else if (line === '1') { adding = true; asks.setPrompt('What? '); asks.prompt(); asks.setPrompt('> '); return; }
  else if (line === '2') show(...tasks.map((task, index) => (index + 1) + '. ' + task));
  else if (line === 'q') { asks.close(); console.log('bye'); process.exit(Number(process.env.CODE ?? 0)); }
  else if (line === 'crash') { throw new Error('not that'); }
  asks.prompt();
});
asks.on('SIGINT', () => process.exit(130));
`;

let stage: ProofStage;
let site: ProofSite;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
  site = await stage.site({ 'menu.mjs': menu });
}, 180_000);
afterAll(() => stage.end());

const prove = (proof: object): Promise<ProofRecord> =>
  stage.engine.prove(stageAssertion({ method: 'pty', command: 'node menu.mjs', ...proof }), site);

const atMenu = { expected: { visible: ['1) add', 'q) quit'] } };
const add = { send: '1', press: 'enter', expected: { visible: ['What?'] } };
const milk = { send: 'milk', press: 'enter', expected: { visible: ['Added milk'], hidden: ['What?'] } };
const quit = { send: 'q', press: 'enter' };

describe('a proof on a terminal', () => {
  it('types as a person would and reads the screen after each step', async () => {
    const list = { send: '2', press: 'enter', expected: { visible: ['1. milk'], hidden: ['Added'] } };
    const record = await prove({
      steps: [atMenu, add, milk, list, quit],
      expected: { exitCode: 0, text: 'bye' },
    });
    expect(record).toMatchObject({ verdict: 'pass' });
    expect(record.observed).toMatch(/^at the end: ended with exit code 0; the screen shows\nTasks\n/);
    expect(record.evidence.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 6 }, () => 'screen'),
      'screenshot',
      'recording',
    ]);
    const screens = await stage.evidence(record.evidence, 'screen');
    expect(screens[3]).toBe(
      'step 4, which types "2" and presses enter\nTasks\n1) add\n2) list\nq) quit\n1. milk\n>\n',
    );
    const [picture = ''] = await stage.evidence(record.evidence, 'screenshot');
    expect(picture).toContain('>1. milk</text>');
    const [cast = ''] = await stage.evidence(record.evidence, 'recording');
    expect(JSON.parse(cast.split('\n')[0] ?? '')).toMatchObject({ version: 2, width: 80, height: 24 });
    expect(cast).toContain('"i","milk"');
  });

  it('fails where the screen does not come to show it, and says what it shows', async () => {
    const wrong = { send: '2', press: 'enter', expected: { visible: ['1. milk'] } };
    const record = await prove({ steps: [atMenu, wrong, quit], timeoutSec: 3 });
    expect(record).toMatchObject({
      verdict: 'fail',
      expected: 'step 2, which types "2" and presses enter: the screen contains "1. milk"',
    });
    expect(record.observed).toContain('killed after 3 s, the time of the proof; the screen shows\nTasks\n');
    expect(record.evidence.map(({ kind }) => kind)).toEqual(['screen', 'screen', 'screenshot', 'recording']);
  });

  it('fails where something comes up that must not be there, although a screen that is empty hides it', async () => {
    const steps = [{ expected: { hidden: ['q) quit'] } }];
    const record = await prove({ command: 'sleep 0.7; exec node menu.mjs', steps, timeoutSec: 4 });
    expect(record.verdict).toBe('fail');
  });

  it('fails where a program ends that was still to be used, although its screen is as expected', async () => {
    const crash = { send: 'crash', press: 'enter' };
    const record = await prove({ steps: [atMenu, crash, { send: '2', expected: { hidden: ['milk'] } }] });
    expect(record.verdict).toBe('fail');
    expect(record.expected).toContain('the program is there when this is typed');
  });

  it('fails where a program falls over at its end, unless that is expected', async () => {
    const crash = { send: 'crash', press: 'enter', expected: { visible: ['not that'] } };
    const record = await prove({ steps: [atMenu, crash] });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toContain('the program ended with exit code 1');
    expect((await prove({ steps: [atMenu, crash], expected: { exitCode: 1 } })).verdict).toBe('pass');
  });

  it('takes the exit code of the program through the terminal', async () => {
    const failing = { steps: [atMenu, quit], command: 'CODE=3 node menu.mjs' };
    expect((await prove({ ...failing, expected: { exitCode: 3 } })).verdict).toBe('pass');
    expect((await prove({ ...failing, expected: { exitCode: 0 } })).verdict).toBe('fail');
    expect((await prove({ ...failing, expected: { text: 'bye' } })).verdict).toBe('fail');
  });

  it('lets a program go on, or end by being interrupted, where nothing is said of its end', async () => {
    expect((await prove({ steps: [atMenu] })).verdict).toBe('pass');
    expect((await prove({ steps: [atMenu, { press: 'ctrl_c' }] })).verdict).toBe('pass');
  });

  it('is not met by what was there before it typed and goes away', async () => {
    const slow = `process.stdout.write('ready'); process.stdin.setRawMode(true); process.stdin.on('data', () => setTimeout(() => { process.stdout.write('\\x1b[2J\\x1b[Hfailed'); }, 500));`;
    const own = await stage.site({ 'slow.mjs': slow });
    const steps = [{ expected: { visible: ['ready'] } }, { send: 'x', expected: { visible: ['ready'] } }];
    const record = await stage.engine.prove(
      stageAssertion({ method: 'pty', command: 'node slow.mjs', steps, timeoutSec: 4 }),
      own,
    );
    expect(record.verdict).toBe('fail');
  });

  it('fails a program that floods, and one that never shows anything, within its time', async () => {
    const flood = await prove({
      command: 'yes',
      steps: [{ expected: { visible: ['never'] } }],
      timeoutSec: 60,
    });
    expect(flood.verdict).toBe('fail');
    expect(flood.observed).toContain('killed, because it wrote far more than can be kept');
    const silent = await prove({ command: 'sleep 300', steps: [atMenu], timeoutSec: 1 });
    expect(silent.verdict).toBe('fail');
    expect(silent.observed).toContain('the screen is empty');
    expect(silent.durationMs).toBeLessThan(10_000);
  });

  it('shows no secret in any of its evidence', async () => {
    const record = await prove({
      command: `printf '%s\\n' hunter2-is-"the-secret"`,
      steps: [{ expected: { visible: ['the-secret'] } }],
      timeoutSec: 2,
    });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toContain('[redacted:api-key]');
    for (const kind of ['screen', 'screenshot', 'recording'])
      expect((await stage.evidence(record.evidence, kind)).join()).not.toContain(stageSecret);
  });
});

describe('the baseline of a proof on a terminal', () => {
  const baseline = async (proof: object): Promise<string> => {
    const onBase = { ...site, sha: site.baseSha };
    const record = await stage.engine.baseline(
      stageAssertion({ method: 'pty', steps: [atMenu], ...proof }),
      onBase,
    );
    return `${record.result}: ${record.observed}`;
  };

  it('finds the absence of the product where it is expected', async () => {
    expect(await baseline({ command: 'node menu.mjs', timeoutSec: 5 })).toMatch(
      /^fails_as_expected: step 1: .*Cannot find module/s,
    );
  });

  it('cannot run what no product could meet', async () => {
    expect(await baseline({})).toBe('cannot_run: The proof has no command to run on the terminal.');
    expect(await baseline({ command: 'x', expected: { stdout: 'x' } })).toBe(
      'cannot_run: The proof expects stdout, which a terminal does not have.',
    );
    expect(await baseline({ command: 'no-such-interpreter menu.x' })).toMatch(
      /^cannot_run: no-such-interpreter is not installed in the sandbox/,
    );
  });

  it('is inconclusive where the sandbox cannot give it a terminal, and says what is missing', async () => {
    const { sandbox } = stage.parts;
    const bare: SandboxProvider = {
      kind: sandbox.kind,
      probe: (signal) => sandbox.probe(signal),
      openSession: async (options) => {
        const session = await sandbox.openSession(options);
        const run: typeof session.run = (request) => session.run({ ...request, env: { PATH: '/nowhere' } });
        return Object.create(session, { run: { value: run } }) as typeof session;
      },
    };
    const engine = new ProofEngine({ ...stage.parts, sandbox: bare });
    const proof = stageAssertion({ method: 'pty', command: 'node menu.mjs', steps: [atMenu] });
    const record = await engine.prove(proof, site);
    expect(record.verdict).toBe('inconclusive');
    expect(record.observed).toContain('it needs `script` of util-linux');
  });
});

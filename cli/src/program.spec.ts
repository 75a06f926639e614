import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  approvalViewSchema,
  auditSchema,
  contractViewSchema,
  costViewSchema,
  findingViewSchema,
  handoffViewSchema,
  headlineSchema,
  lockLedgerSchema,
  lockViewSchema,
  messageViewSchema,
  missionCardSchema,
  missionViewSchema,
  planViewSchema,
  reportViewSchema,
  runViewSchema,
  whyViewSchema,
} from '@missions/contracts';
import {
  asked,
  atFinalProof,
  awaitingApproval,
  builtM1,
  command,
  created,
  question,
  type History,
} from '@missions/mission/testing';
import type { Command } from 'commander';
import { z } from 'zod';
import { FakeMissionControl } from './conformance/fake-mission-control.ts';
import { completedCommands } from './completion/command-tree.ts';
import { runMissions, type Ran, type RunOptions } from './conformance/run-missions.ts';
import { createProgram } from './program.ts';

const blocked = (cause: 'environment' | 'budget'): History =>
  builtM1().after(command('BlockMission', { cause, detail: 'It cannot go on.', needs: 'Help.' }));

const missions = new Map<string, History>([
  ['m-done', atFinalProof().validated()],
  [
    'm-fails',
    builtM1()
      .validated({ measured: { 'VAL-ADD-001': 'fail' } })
      .settled(),
  ],
  ['m-asks', created().concluded(asked(question('Q1')))],
  ['m-plan', awaitingApproval()],
  ['m-runs', builtM1()],
  ['m-said', builtM1().messaged('msg-1', true)],
  ['m-over', builtM1().after(command('CancelMission', {}))],
  ['m-wall', blocked('environment')],
  ['m-poor', blocked('budget')],
  ['m-rest', builtM1().after(command('PauseMission', {}))],
]);

let fake: FakeMissionControl;
let api: string;

beforeAll(async () => {
  fake = new FakeMissionControl(missions);
  api = await fake.listen();
});

afterEach(() => {
  fake.commands.length = 0;
  fake.problem = undefined;
  fake.failures = 0;
});

afterAll(() => fake.close());

function missionsCommand(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return runMissions(argv, {
    ...options,
    env: { MISSIONS_API: api, MISSIONS_TOKEN: 'token', ...options.env },
  });
}

describe('the command line', () => {
  it('has every command it promises', () => {
    const streams = { stdout: process.stdout, stderr: process.stderr };
    const host = { env: {}, cwd: '/', streams, canAsk: false, signal: new AbortController().signal };
    const program: Command = createProgram(host, { exitCode: 0 });
    const promised =
      'init doctor up down status demo new questions answer plan approve reject decide list show watch wait events handoffs ' +
      'contract findings report why pr runs run diff cost locks approvals audit message pause resume cancel feature waive budget export fetch config completion';
    const names = program.commands.map((one) => one.name());
    expect(names).toEqual(expect.arrayContaining(promised.split(' ')));
  });

  it.each([
    ['an unknown command', ['frobnicate']],
    ['help for one', ['help', 'locks', 'frobnicate']],
    ['a missing argument', ['show']],
    ['a missing option', ['new', 'a goal']],
    ['an option nobody knows', ['list', '--frob']],
    ['a budget that is no amount', ['new', 'a goal', '--repo', '.', '--budget', 'much']],
    ['a decision that is neither yes nor no', ['decide', 'm-plan:APR-1', 'maybe']],
    ['a state nobody knows', ['wait', 'm-done', '--for', 'happy']],
    ['an empty reason', ['pause', 'm-runs', '--reason', ' ']],
    ['an unreadable brief', ['new', 'a goal', '--repo', '.', '--brief', '/nowhere.yaml']],
  ])('ends with 2 on %s', async (_what, argv) => {
    const { exitCode, stdout, stderr } = await missionsCommand(argv);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it.each([
    [[], 'A command is missing.'],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['show'], "missing required argument 'id'"],
  ])('says how %j misuses it as JSON where JSON is asked for', async (argv, message) => {
    const { exitCode, stdout, stderr } = await missionsCommand([...argv, '--json']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'USAGE', message, next: 'missions help' } });
  });

  it('says its version', async () => {
    const { exitCode, stdout } = await missionsCommand(['--version']);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it.each([
    ['an empty goal', ['new', '  ', '--repo', '.'], 'The goal is empty', 'missions new "GOAL" --repo PATH'],
    [
      'a brief that is not there',
      ['new', 'a goal', '--repo', '.', '--brief', '/nowhere.yaml'],
      'The brief /nowhere.yaml cannot be read: there is no such file.',
      'missions help new',
    ],
    ['a raise of nothing', ['budget', 'raise', 'm-poor'], 'Say what to raise', 'missions help budget raise'],
  ])('says what to do about %s', async (_what, argv, message, next) => {
    const { exitCode, stderr } = await missionsCommand(argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`next:  ${next}`);
  });

  const streams = { stdout: process.stdout, stderr: process.stderr };
  const host = { env: {}, cwd: '/', streams, canAsk: false, signal: new AbortController().signal };
  const commands = completedCommands(createProgram(host, { exitCode: 0 }));

  it('explains every command and every option, in the words of its help', () => {
    const explained = commands.flatMap(({ path, commands: below, options }) => [
      ...below.map(({ name, description }) => ({ what: `${path} ${name}`, description })),
      ...options.map(({ flags, description }) => ({ what: `${path} ${flags.join(' ')}`, description })),
    ]);
    expect(explained.length).toBeGreaterThan(300);
    expect(explained.filter(({ description }) => description === '').map(({ what }) => what)).toEqual([]);
  });

  it('offers every option once, also where a command and the one above it have the same', () => {
    const flags = commands.map(({ path, options }) => ({ path, flags: options.flatMap((one) => one.flags) }));
    expect(flags.filter((one) => new Set(one.flags).size < one.flags.length)).toEqual([]);
  });

  it.each([
    [['help'], 'missions new "GOAL" --repo PATH'],
    [['help', 'locks'], 'Every command takes --json'],
    [['help', 'locks', 'revoke'], 'Usage: missions locks revoke [options] <claim>'],
    [['help', 'locks', 'extend'], 'for how long from now, renewed or not (required)'],
    [['help', 'budget', 'raise'], 'Usage: missions budget raise'],
    [['help', 'show', 'm-done'], 'Usage: missions show [options] <id>'],
  ])('shows with %j where to begin and what goes for all', async (argv, text) => {
    expect((await missionsCommand(argv)).stdout).toContain(text);
  });

  it('helps with 0', async () => {
    const { exitCode, stdout } = await missionsCommand(['help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: missions');
  });
});

const wrapped = (name: string, schema: z.ZodType): z.ZodType => z.looseObject({ [name]: z.array(schema) });

describe('data with --json', () => {
  it.each<[string[], z.ZodType]>([
    [['list'], wrapped('missions', missionCardSchema)],
    [['show', 'm-runs'], missionViewSchema],
    [['plan', 'm-plan'], planViewSchema],
    [['contract', 'm-done'], contractViewSchema],
    [['why', 'm-done', 'VAL-ADD-001'], whyViewSchema],
    [['why', 'm-fails', 'FIND-1'], whyViewSchema],
    [['findings', 'm-fails'], wrapped('findings', findingViewSchema)],
    [['runs', 'm-done'], wrapped('runs', runViewSchema)],
    [['handoffs', 'm-done'], wrapped('handoffs', handoffViewSchema)],
    [['cost', 'm-done'], costViewSchema],
    [['messages', 'm-said'], wrapped('messages', messageViewSchema)],
    [['message', 'm-said', 'Hello'], z.looseObject({ message: messageViewSchema })],
    [['report', 'm-done'], reportViewSchema],
    [['approvals'], wrapped('approvals', approvalViewSchema)],
    [['questions', 'm-asks'], z.looseObject({ questions: z.array(z.unknown()).min(1) })],
    [['locks'], wrapped('ledgers', lockLedgerSchema)],
    [['locks', '--mission', 'm-runs'], wrapped('locks', lockViewSchema)],
    [['audit'], auditSchema],
    [['wait', 'm-done'], z.looseObject({ missionId: z.string(), headline: headlineSchema })],
  ])('of %j is one object of its schema on one line', async (argv, schema) => {
    const { exitCode, stdout } = await missionsCommand([...argv, '--json']);
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(schema.safeParse(JSON.parse(stdout)).error?.issues ?? []).toEqual([]);
  });

  it('keeps errors off stdout, as JSON on stderr', async () => {
    const { exitCode, stdout, stderr } = await missionsCommand(['show', 'm-none', '--json']);
    expect([exitCode, stdout]).toEqual([5, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'MISSION_NOT_FOUND', next: 'missions list' } });
  });
});

describe('words for a person', () => {
  it.each([
    [['list'], 'm-demo1'],
    [['show', 'm-plan'], '◇ awaiting approval'],
    [['show', 'm-done', '--line'], '✓ done'],
    [['plan', 'm-plan'], 'VAL-ADD-001'],
    [['contract', 'm-done'], '4 pass, 0 fail'],
    [['report', 'm-done'], '## What was not proven'],
    [['contract', 'm-done'], 'fails_as_expected'],
    [['findings', 'm-done'], 'Nothing was held against the work.'],
    [['findings', 'm-fails'], 'led to F-004: in work'],
    [['why', 'm-fails', 'VAL-ADD-001'], 'FIND-1 was settled as fix_now'],
    [['why', 'm-fails', 'F-001'], 'VAL-ADD-001'],
    [['why', 'm-done', 'src/F-001.ts'], 'made for F-001'],
    [['report', 'm-done', '--format', 'html'], '<!doctype html>'],
    [['approvals'], 'missions decide APPROVAL'],
    [['cost', 'm-done'], 'fix round'],
    [['show', 'm-poor'], 'To finish:'],
    [['questions', 'm-asks'], '? Q1'],
    [['messages', 'm-said'], 'interrupts m-demo1-r'],
    [['message', 'm-said', 'Hello'], 'got msg-1: interrupts m-demo1-r'],
  ])('of %j are on stdout', async (argv, text) => {
    const { exitCode, stdout, stderr } = await missionsCommand(argv);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(text);
    expect(stdout).not.toContain('\u001b');
  });

  it('say what, why and the next command when something is wrong', async () => {
    const { stderr } = await missionsCommand(['show', 'm-none']);
    expect(stderr).toBe('error There is nothing at /v1/missions/m-none.\nnext:  missions list\n');
  });
});

describe('waiting', () => {
  it.each([
    ['m-done', 0],
    ['m-over', 10],
    ['m-asks', 11],
    ['m-plan', 11],
    ['m-wall', 11],
    ['m-rest', 11],
    ['m-poor', 12],
  ])('for %s ends with %i, watched or not', async (id, exitCode) => {
    expect((await missionsCommand(['wait', id])).exitCode).toBe(exitCode);
    expect((await missionsCommand(['watch', id, '--quiet'])).exitCode).toBe(exitCode);
  });

  it('shows whoever watches what led there, also when it was over before', async () => {
    const { stdout } = await missionsCommand(['watch', 'm-over', '--json']);
    const sequences = stdout.split('\n').flatMap((line) => /"sequence":(\d+)/.exec(line)?.[1] ?? []);
    const last = (JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { seq: number }).seq;
    expect(sequences.map(Number)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  it.each([
    [['wait', 'm-plan', '--for', 'awaiting_approval'], 0],
    [['wait', 'm-wall', '--for', 'needs-you'], 0],
    [['wait', 'm-over', '--for', 'completed'], 10],
    [['wait', 'm-done', '--for', 'running'], 1],
    [['wait', 'm-runs', '--timeout', '0.2'], 124],
    [['wait', 'm-plan', '--for', 'running', '--timeout', '0.2'], 124],
  ])('%j ends with %i', async (argv, exitCode) => {
    expect((await missionsCommand(argv)).exitCode).toBe(exitCode);
  });

  it('ends with 130 when it is interrupted', async () => {
    const stop = new AbortController();
    const waiting = missionsCommand(['wait', 'm-runs'], { signal: stop.signal });
    stop.abort(new Error('Interrupted.'));
    expect(await waiting).toMatchObject({ exitCode: 130, stderr: 'Interrupted.\n' });
  });

  it('says so as JSON where JSON is asked for', async () => {
    const stop = new AbortController();
    const following = missionsCommand(['events', 'm-runs', '--follow', '--json'], { signal: stop.signal });
    stop.abort(new Error('Interrupted.'));
    const { exitCode, stderr } = await following;
    expect(exitCode).toBe(130);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'INTERRUPTED', message: 'Interrupted.' } });
  });
});

describe('a command', () => {
  it.each([
    [
      ['answer', 'm-asks', 'Q1', 'file'],
      '/v1/missions/m-asks/answers',
      { answers: [{ questionId: 'Q1', value: 'file' }] },
    ],
    [
      ['reject', 'm-plan', '--reason', 'too big'],
      '/v1/missions/m-plan/approval',
      { decision: 'reject', reason: 'too big' },
    ],
    [
      ['decide', 'm-plan:APR-1', 'no', '--reason', 'r'],
      '/v1/approvals/m-plan%3AAPR-1',
      { decision: 'rejected', reason: 'r' },
    ],
    [
      ['message', 'm-runs', 'hello', '--interrupt'],
      '/v1/missions/m-runs/messages',
      { text: 'hello', interrupt: true },
    ],
    [['pause', 'm-runs'], '/v1/missions/m-runs/pause', {}],
    [['cancel', 'm-runs', '--reason', 'r'], '/v1/missions/m-runs/cancel', { reason: 'r' }],
    [['budget', 'raise', 'm-poor', '25'], '/v1/missions/m-poor/budget', { maxCostUsd: 25 }],
    [
      ['budget', 'raise', 'm-poor', '--minutes', '90', '--turns', '500', '--feature-usd', '3'],
      '/v1/missions/m-poor/budget',
      { maxWallClockMin: 90, maxTurns: 500, maxCostUsdPerFeature: 3 },
    ],
    [
      ['waive', 'm-runs', 'VAL-ADD-001', '--reason', 'r'],
      '/v1/missions/m-runs/waivers',
      { assertionId: 'VAL-ADD-001', reason: 'r' },
    ],
    [
      ['feature', 'skip', 'm-runs', 'F-003', '--reason', 'r'],
      '/v1/missions/m-runs/features/F-003/skip',
      { reason: 'r' },
    ],
  ])('%j is sent once, with a key', async (argv, path, body) => {
    expect((await missionsCommand([...argv, '--json', '--no-input'])).exitCode).toBe(0);
    expect(fake.commands).toEqual([{ path, body, key: expect.any(String) as string }]);
  });

  it('approves the very plan that is shown', async () => {
    await missionsCommand(['approve', 'm-plan']);
    const hash = missions.get('m-plan')?.mission.proposal?.hash;
    expect(hash).toMatch(/^sha256:/);
    expect(fake.commands).toMatchObject([{ body: { decision: 'approve', hash } }]);
  });

  it('starts a mission in a repository beside it, and prints its id alone', async () => {
    const { stdout } = await missionsCommand(['new', 'a goal', '--repo', 'app', '--budget', '$5'], {
      cwd: '/home/ana',
    });
    expect(stdout).toBe('m-new1\n');
    expect(fake.commands).toMatchObject([
      {
        body: {
          goal: 'a goal',
          repository: '/home/ana/app',
          budget: { maxCostUsd: 5 },
          acceptDefaults: false,
        },
      },
    ]);
  });

  it('is sent again with the same key while nobody answers', async () => {
    fake.failures = 2;
    expect((await missionsCommand(['resume', 'm-rest'])).exitCode).toBe(0);
    expect(fake.commands).toHaveLength(1);
  });

  it.each([
    [401, 'UNAUTHENTICATED', 4],
    [403, 'FORBIDDEN', 4],
    [404, 'MISSION_NOT_FOUND', 5],
    [409, 'STALE_APPROVAL', 6],
    [422, 'BUDGET_NOT_RAISED', 1],
  ])('that is refused with %i %s ends with %i', async (status, code, exitCode) => {
    fake.problem = { type: 'urn:x', title: 'No', status, detail: 'It may not be.', code };
    const { stderr, ...ran } = await missionsCommand(['pause', 'm-runs', '--json']);
    expect(ran.exitCode).toBe(exitCode);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code, message: 'It may not be.' } });
  });
});

describe('a refusal', () => {
  it.each([
    ['UNKNOWN_QUESTION', ['answer', 'm-asks', 'Q9', 'x'], 'missions questions m-asks'],
    ['UNKNOWN_FEATURE', ['feature', 'skip', 'm-runs', 'F-9', '--reason', 'r'], 'missions plan m-runs'],
    ['FEATURE_NOT_OPEN', ['feature', 'retry', 'm-runs', 'F-001', '--reason', 'r'], 'missions plan m-runs'],
    ['UNKNOWN_ASSERTION', ['waive', 'm-runs', 'VAL-X-001', '--reason', 'r'], 'missions contract m-runs'],
    ['ALREADY_WAIVED', ['waive', 'm-runs', 'VAL-X-001', '--reason', 'r'], 'missions contract m-runs'],
    ['UNKNOWN_APPROVAL', ['decide', 'm-plan:APR-9', 'yes'], 'missions approvals'],
    [
      'STALE_APPROVAL',
      ['approve', 'm-plan', '--hash', 'h'],
      'missions plan m-plan, then missions approve m-plan',
    ],
    ['NOT_AWAITING_APPROVAL', ['reject', 'm-plan', '--reason', 'r'], 'missions show m-plan'],
    ['BUDGET_NOT_RAISED', ['budget', 'raise', 'm-poor', '1'], 'missions cost m-poor'],
    [
      'NOT_A_REPOSITORY',
      ['new', 'a goal', '--repo', '/home/ana/app'],
      'git init /home/ana/app, or name another repository with --repo',
    ],
  ])('%s names the next command with all that it needs', async (code, argv, next) => {
    fake.problem = {
      type: 'urn:x',
      title: 'No',
      status: 422,
      detail: 'No.',
      code,
      evidence: { path: '/home/ana/app' },
    };
    const { stderr } = await missionsCommand([...argv, '--json']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code, next } });
  });
});

describe('without a stack', () => {
  it('names each setting of the configuration with its value and where it comes from', async () => {
    const env = { MISSIONS_LIMITS_SWEEP_MS: '777' };
    const { exitCode, stdout } = await runMissions(['config', 'show', '--origin'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^limits\.sweepMs +777 +\S*MISSIONS_LIMITS_SWEEP_MS/m);
  });

  it('says how to start one', async () => {
    const { exitCode, stderr } = await runMissions(['list'], {
      env: { MISSIONS_STATE: '/nonexistent/state' },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('next:  missions up --detach');
  });

  it('says so when nobody answers there', async () => {
    const { exitCode, stderr } = await runMissions(['list', '--api', 'http://127.0.0.1:1']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('does not answer');
  });

  it('takes no other server for it', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('What?'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((other.address() as AddressInfo).port)}`;
    const { exitCode, stderr } = await runMissions(['show', 'm-done', '--api', url]);
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${url} answered 404 Not Found, and not as Mission Control does.`);
  });

  it('ends with 3 on a configuration that is not usable, naming what was meant', async () => {
    const env = { MISSIONS_LIMITS_LEASE_TTL: '5' };
    const { exitCode, stderr } = await runMissions(['config', 'show'], { env });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('did you mean');
  });

  it('ends with 3 on a profile that is not there', async () => {
    expect((await runMissions(['list', '--profile', 'elsewhere'])).exitCode).toBe(3);
  });
});

import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryArtifactStore } from '@missions/event-store/memory';
import { createRedactor } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import { assertionSchema, productServiceSchema, proofRecordSchema, type Evidence } from '@missions/mission';
import { settle } from '@missions/testing';
import type { MissionRepository, SandboxProvider } from '@missions/workspace';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import {
  adoptWorkspace,
  BubblewrapProvider,
  prepareToolchain,
  sandboxUser,
} from '@missions/workspace/sandbox';
import { ProofEngine, protectedPathFindings, type ProofSite } from './index.ts';

const secret = 'hunter2-is-the-secret';
const root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-proof-'));
const person = PersonRepository.create(join(root, 'person'));
const artifacts = new MemoryArtifactStore({ forbidden: [{ name: 'api-key', value: secret }] });
let sandbox: SandboxProvider;
let engine: ProofEngine;
let repository: MissionRepository;
let baseSha: string;
let headSha: string;

const server = (answer: string): string => `
import { createServer } from 'node:http';
createServer((request, response) => {
  const body = [];
  request.on('data', (chunk) => body.push(chunk)).on('end', () => { ${answer} });
}).listen(4321, '127.0.0.1', () => console.log('listening'));
`;

beforeAll(async () => {
  await chmod(root, 0o711);
  person.write('README.md', '# words\n');
  person.write('test/reporter.mjs', 'console.log("honest reporter");\n');
  baseSha = person.commit('Start');
  person.write('src/cli.mjs', 'console.log(process.argv.slice(2).join(" ").split(" ").length, "words");\n');
  person.write(
    'src/server.mjs',
    server(
      `response.setHeader('content-type', 'application/json'); response.statusCode = request.method === 'POST' ? 201 : 200;
       response.end(JSON.stringify({ path: request.url, sent: Buffer.concat(body).toString(), items: [{ id: 1 }] }));`,
    ),
  );
  person.write(
    'src/dies.mjs',
    server(
      `if (request.url === '/health') response.end('ok'); else { console.error('fell over'); process.exit(7); }`,
    ),
  );
  person.write('test/reporter.mjs', 'console.log("lying reporter");\n');
  person.write('test/added.mjs', 'console.log("added");\n');
  person.write(
    'src/tamper.mjs',
    "import { writeFileSync } from 'node:fs';\nfor (const path of ['/contract/VAL-A-001/check.mjs', '/contract/VAL-A-001/new.mjs']) try { writeFileSync(path, ''); console.log('wrote'); } catch (error) { console.log(error.code); }\n",
  );
  headSha = person.commit('Build it');
  const toolchain = await prepareToolchain(stateDirectory());
  const user = sandboxUser();
  sandbox = new BubblewrapProvider({ stateDir: root, bwrap: await findTool('bwrap'), toolchain });
  engine = new ProofEngine({
    sandbox,
    artifacts,
    redactor: createRedactor({ secrets: [{ name: 'api-key', value: secret }] }),
    adopt: (directory) => adoptWorkspace(directory, user.uid),
    stateDir: root,
  });
  const repositories = new GitMissionRepositories({ stateDir: join(root, 'state'), scan: () => [] });
  repository = await repositories.open({ missionId: 'm-proof', source: person.path, baseSha: headSha });
}, 180_000);

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const site = (overrides: Partial<ProofSite> = {}): ProofSite => ({
  repository,
  sha: headSha,
  baseSha,
  contractProtected: [],
  services: [],
  signal: AbortSignal.timeout(60_000),
  ...overrides,
});

const onBase = (overrides: Partial<ProofSite> = {}): ProofSite => site({ sha: baseSha, ...overrides });

const assertion = (proof: object, id = 'VAL-A-001') =>
  assertionSchema.parse({ id, statement: 'It holds.', proof: { timeoutSec: 20, ...proof } });

const byCommand = (command: string, more: object = {}) => assertion({ method: 'command', command, ...more });

const check = (content: string, more: object = {}) =>
  byCommand('node "$CONTRACT_DIR/VAL-A-001/check.mjs"', { files: [{ path: 'check.mjs', content }], ...more });

const service = (file: string, more: object = {}) =>
  productServiceSchema.parse({
    name: 'web',
    start: `node src/${file}`,
    health: 'http://127.0.0.1:4321/health',
    ...more,
  });

const byRequests = (steps: readonly object[], more: object = {}) =>
  assertion({ method: 'http', steps, ...more });

async function evidenceText(evidence: readonly Evidence[], kind: string): Promise<string> {
  const found = evidence.filter((item) => item.kind === kind);
  expect(found).not.toEqual([]);
  const texts = await Promise.all(found.map(({ artifact }) => artifacts.get(artifact as `sha256:${string}`)));
  return texts.map((bytes) => Buffer.from(bytes ?? []).toString('utf8')).join('\n');
}

describe('a command proof', () => {
  it('passes when the product does what the contract says, with evidence', async () => {
    const record = await engine.prove(
      byCommand('node src/cli.mjs a b c', { expected: { stdout: '3 words' } }),
      site(),
    );
    expect(proofRecordSchema.parse(record)).toMatchObject({
      assertionId: 'VAL-A-001',
      targetSha: headSha,
      verdict: 'pass',
      observed: 'exit code 0; stdout "3 words"',
      expected: 'exit code 0; stdout contains "3 words"',
      evidence: [{ kind: 'command', command: 'node src/cli.mjs a b c', exitCode: 0 }],
    });
    expect(await evidenceText(record.evidence, 'command')).toMatch(
      /^\$ node src\/cli\.mjs a b c\nexit code 0, \d+ ms\n3 words\n$/,
    );
  });

  it('fails on another exit code, and on an exit by 0 with other output', async () => {
    expect(await engine.prove(byCommand('exit 3'), site())).toMatchObject({
      verdict: 'fail',
      observed: 'exit code 3',
    });
    const wrong = byCommand('node src/cli.mjs a b; exit 0', { expected: { stdout: '3 words' } });
    expect(await engine.prove(wrong, site())).toMatchObject({
      verdict: 'fail',
      observed: 'exit code 0; stdout "2 words"',
    });
  });

  it('fails when its set-up fails, and does not go on', async () => {
    const record = await engine.prove(byCommand('echo reached', { setup: 'echo no; exit 2' }), site());
    expect(record).toMatchObject({ verdict: 'fail', observed: 'set-up: exit code 2; stdout "no"' });
    expect(record.evidence.map(({ kind }) => kind)).toEqual(['setup']);
  });

  it('sees what its set-up left, in the same checkout', async () => {
    const record = await engine.prove(
      byCommand('cat made.txt', { setup: 'echo ready > made.txt', expected: { stdout: 'ready' } }),
      site(),
    );
    expect(record.verdict).toBe('pass');
  });

  it('is killed when its time is over, whatever it left running', async () => {
    const startedAt = performance.now();
    const record = await engine.prove(
      byCommand('echo begun; sleep 300 & sleep 300', { timeoutSec: 1 }),
      site(),
    );
    expect(record).toMatchObject({
      verdict: 'fail',
      observed: 'killed after 1 s, the time of the proof; stdout "begun"',
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('counts its set-up into its time', async () => {
    const record = await engine.prove(
      byCommand('sleep 300', { setup: 'sleep 0.9', timeoutSec: 1.5 }),
      site(),
    );
    expect(record.verdict).toBe('fail');
    expect(record.durationMs).toBeGreaterThan(1_400);
    expect(record.durationMs).toBeLessThan(10_000);
  });

  it('survives huge output, and keeps its beginning and its end', async () => {
    const record = await engine.prove(
      byCommand('echo first; head -c 6000000 /dev/zero | tr "\\0" x; echo; echo last', {
        expected: { stdout: 'last' },
      }),
      site(),
    );
    expect(record.verdict).toBe('pass');
    const text = await evidenceText(record.evidence, 'command');
    expect(text.length).toBeLessThan(1_100_000);
    expect(text).toMatch(/\nfirst\nx+\n…\d+ characters omitted…\n/);
    expect(text.trimEnd().endsWith('last')).toBe(true);
  });

  it('ends a flood without waiting for its time', async () => {
    const record = await engine.prove(byCommand('yes', { timeoutSec: 60 }), site());
    expect(record.verdict).toBe('fail');
    expect(record.observed).toContain('killed, because it wrote far more than can be kept');
    expect(record.durationMs).toBeLessThan(50_000);
  });

  it('fails on garbage where an answer was expected, although the command exits by 0', async () => {
    const garbage = 'head -c 300000 /dev/urandom; printf "\\xff\\xfe\\0 ok"; exit 0';
    for (const expected of [{ json: { ok: true } }, { stdout: 'all well' }]) {
      const record = await engine.prove(byCommand(garbage, { expected }), site());
      expect(proofRecordSchema.parse(record).verdict).toBe('fail');
    }
  });

  it('fails where the command is missing', async () => {
    const record = await engine.prove(byCommand('./run-tests', { expected: { stdout: 'ok' } }), site());
    expect(record).toMatchObject({ verdict: 'fail' });
    expect(record.observed).toMatch(/^exit code 127; stderr ".*No such file or directory/);
  });

  it('redacts what comes out before it is stored or shown', async () => {
    const record = await engine.prove(byCommand(`echo hunter2-is-"the-secret"; exit 1`), site());
    expect(record.observed).toBe('exit code 1; stdout "[redacted:api-key]"');
    expect(await evidenceText(record.evidence, 'command')).toContain('\n[redacted:api-key]\n');
  });
});

describe('the clean room of a proof', () => {
  it('is a checkout of exactly the commit, without a repository', async () => {
    const record = await engine.prove(byCommand('ls -A . src', { expected: { stdout: 'cli.mjs' } }), site());
    expect(record).toMatchObject({ verdict: 'pass' });
    expect(await evidenceText(record.evidence, 'command')).not.toContain('.git');
    expect((await engine.prove(byCommand('ls src'), onBase())).verdict).toBe('fail');
  });

  it('has the contract’s own files beside the checkout, which the code under test cannot change', async () => {
    const record = await engine.prove(
      check('process.exit(5);', {
        setup:
          'node src/tamper.mjs; ls "$CONTRACT_DIR"/VAL-A-001; grep -c " /contract ro" /proc/self/mountinfo',
        expected: { exitCode: 5 },
      }),
      site(),
    );
    expect(record.verdict).toBe('pass');
    expect(await evidenceText(record.evidence, 'setup')).toMatch(
      /\n(EROFS|EACCES)\n(EROFS|EACCES)\ncheck\.mjs\n1\n$/,
    );
  });

  it('takes large files of the contract from the log', async () => {
    const { digest } = await artifacts.put(Buffer.from('#!/bin/sh\necho from the log\n'), {
      mediaType: 'text/plain',
    });
    const proof = byCommand('"$CONTRACT_DIR/VAL-A-001/deep/run"', {
      files: [{ path: 'deep/run', artifact: digest }],
      expected: { stdout: 'from the log' },
    });
    expect((await engine.prove(proof, site())).verdict).toBe('pass');
    const missing = byCommand('true', { files: [{ path: 'x', artifact: `sha256:${'0'.repeat(64)}` }] });
    expect(await engine.prove(missing, site())).toMatchObject({ verdict: 'inconclusive' });
    expect(await engine.baseline(missing, onBase())).toMatchObject({ result: 'cannot_run' });
  });

  it('takes protected paths from the base commit, and what was added there is gone', async () => {
    const show = byCommand('node test/reporter.mjs; ls test; ls src | head -1', {});
    const withIt = await engine.prove(show, site({ contractProtected: ['test/'] }));
    expect(withIt.observed).toBe('exit code 0; stdout "honest reporter\\nreporter.mjs\\ncli.mjs"');
    const without = await engine.prove(show, site());
    expect(without.observed).toBe(
      'exit code 0; stdout "lying reporter\\nadded.mjs\\nreporter.mjs\\ncli.mjs"',
    );
    const byGlob = await engine.prove(show, site({ contractProtected: ['**/reporter.*'] }));
    expect(byGlob.observed).toBe(
      'exit code 0; stdout "honest reporter\\nadded.mjs\\nreporter.mjs\\ncli.mjs"',
    );
  });

  it('shares nothing with another: neither files nor processes nor /tmp', async () => {
    const proofs = [
      assertion(
        {
          method: 'command',
          command:
            'echo a > /tmp/left; echo a > left; (sleep 300 & node src/server.mjs & sleep 0.3); ls left',
        },
        'VAL-A-001',
      ),
      assertion(
        {
          method: 'command',
          command:
            "ls /tmp/left left 2>/dev/null; node -e \"fetch('http://127.0.0.1:4321').then(() => console.log('answered'), () => console.log('alone'))\"",
          expected: { stdout: 'alone' },
        },
        'VAL-A-002',
      ),
    ];
    const [first, second] = await engine.proveAll(proofs, site());
    expect(first?.verdict).toBe('pass');
    expect(second).toMatchObject({ verdict: 'pass', observed: 'exit code 0; stdout "alone"' });
  });

  it('leaves nothing behind, and gives verdicts in the contract’s order', async () => {
    const steps: string[] = [];
    const proofs = ['VAL-A-001', 'VAL-A-002', 'VAL-A-003'].map((id, index) =>
      assertion({ method: 'static', command: `sleep ${index === 0 ? 0.5 : 0}; exit ${index}` }, id),
    );
    const records = await engine.proveAll(proofs, site(), (step) => {
      steps.push(`${step.assertion.id} ${String(step.ended)}`);
    });
    expect(records.map(({ assertionId, verdict }) => `${assertionId} ${verdict}`)).toEqual([
      'VAL-A-001 pass',
      'VAL-A-002 fail',
      'VAL-A-003 fail',
    ]);
    expect(steps).toHaveLength(6);
    expect(readdirSync(join(root, 'proofs'))).toEqual([]);
  });

  it('is given up when its signal aborts, without a trace', async () => {
    const abort = new AbortController();
    const marker = 'missions-proof-marker-4711';
    const proof = engine.prove(
      byCommand(`echo on; exec -a ${marker} sleep 300`),
      site({ signal: abort.signal }),
    );
    const ended = proof.catch((error: unknown) => error);
    await settle(() => hostCommands().some((line) => line.includes(marker) && line.includes('300')));
    abort.abort(new Error('stopped by a person'));
    expect(await ended).toEqual(new Error('stopped by a person'));
    expect(hostCommands().filter((line) => line.includes(marker))).toEqual([]);
    expect(readdirSync(join(root, 'proofs'))).toEqual([]);
  });
});

describe('an http proof', () => {
  const get = (path: string, expected: object = {}) => ({ url: `http://127.0.0.1:4321${path}`, expected });

  it('starts the product and drives it from outside, step by step', async () => {
    const steps = [
      get('/one', { status: 200, header: { 'content-type': 'json' } }),
      { ...get('/two', { json: { sent: 'milk' } }), method: 'POST', body: 'milk' },
    ];
    const record = await engine.prove(
      byRequests(steps, { expected: { status: 201, json: { items: [{ id: 1 }] } } }),
      site({ services: [service('server.mjs')] }),
    );
    expect(record).toMatchObject({ verdict: 'pass' });
    expect(record.evidence.map(({ kind, command }) => `${kind} ${String(command)}`)).toEqual([
      'http GET http://127.0.0.1:4321/one',
      'http POST http://127.0.0.1:4321/two',
      'service_log node src/server.mjs',
    ]);
    expect(await evidenceText(record.evidence, 'service_log')).toContain('listening');
    expect(JSON.parse(await evidenceText([record.evidence[1] as Evidence], 'http'))).toMatchObject({
      request: { method: 'POST', body: 'milk' },
      response: { status: 201 },
    });
  });

  it('finds an only service by the first request, when it names no address', async () => {
    const named = service('server.mjs');
    const bare = productServiceSchema.parse({ name: named.name, start: named.start });
    const record = await engine.prove(byRequests([get('/', { status: 200 })]), site({ services: [bare] }));
    expect(record.verdict).toBe('pass');
  });

  it('fails at the first answer that is not as expected', async () => {
    const record = await engine.prove(
      byRequests([get('/one', { status: 404 }), get('/two')]),
      site({ services: [service('server.mjs')] }),
    );
    expect(record).toMatchObject({ verdict: 'fail', expected: 'GET http://127.0.0.1:4321/one: status 404' });
    expect(record.evidence.map(({ kind }) => kind)).toEqual(['http', 'service_log']);
  });

  it('fails when a service dies while it is driven, and says so', async () => {
    const record = await engine.prove(byRequests([get('/work')]), site({ services: [service('dies.mjs')] }));
    expect(record.verdict).toBe('fail');
    expect(record.observed).toContain('was not answered');
    expect(record.observed).toContain('the service web ended with exit code 7 while it was driven');
    expect(await evidenceText(record.evidence, 'service_log')).toContain('fell over');
  });

  it('fails when a service never comes up, within the proof’s time', async () => {
    const silent = service('server.mjs', { start: 'sleep 300' });
    const record = await engine.prove(
      byRequests([get('/', { status: 200 })], { timeoutSec: 1 }),
      site({ services: [silent] }),
    );
    expect(record.verdict).toBe('fail');
    expect(record.observed).toMatch(/^the service web did not come up in 1 s: .*not answered/);
  });
});

describe('a baseline', () => {
  const result = async (proof: ReturnType<typeof assertion>, overrides: Partial<ProofSite> = {}) => {
    const record = await engine.baseline(proof, onBase(overrides));
    return `${record.result}: ${record.observed}`;
  };

  it('finds the absence of the product where it is expected', async () => {
    expect(await result(byCommand('node src/cli.mjs a', { expected: { stdout: '1 word' } }))).toMatch(
      /^fails_as_expected: exit code 1; .*Cannot find module/,
    );
    expect(await result(byCommand('./bin/words'))).toMatch(/^fails_as_expected: exit code 127/);
    expect(await result(byCommand('npm run words'))).toMatch(/^fails_as_expected: /);
    expect(await result(byCommand('sleep 60', { timeoutSec: 1 }))).toMatch(/^fails_as_expected: killed/);
    expect(await result(check('import "/workspace/src/cli.mjs";'))).toMatch(
      /^fails_as_expected: exit code 1/,
    );
    const requests = byRequests([{ url: 'http://127.0.0.1:4321/' }]);
    expect(await result(requests, { services: [service('server.mjs')] })).toMatch(
      /^fails_as_expected: the service web ended with exit code 1 before/,
    );
  });

  it('finds what passes already', async () => {
    expect(await result(byCommand('grep -q words README.md'))).toBe('already_passes: exit code 0');
  });

  it('cannot run a proof file that does not parse', async () => {
    expect(await result(check('const = 1;'))).toMatch(/^cannot_run: check\.mjs does not parse: SyntaxError/);
    const script = byCommand('bash "$CONTRACT_DIR/VAL-A-001/check.sh"', {
      files: [{ path: 'check.sh', content: 'if true; then\n' }],
    });
    expect(await result(script)).toMatch(/^cannot_run: check\.sh does not parse: /);
  });

  it('lets data of a proof be broken on purpose', async () => {
    const proof = byCommand('node src/cli.mjs "$CONTRACT_DIR/VAL-A-001/bad.json"', {
      files: [{ path: 'bad.json', content: '{ not json' }],
    });
    expect(await result(proof)).toMatch(/^fails_as_expected: /);
  });

  it('cannot run what needs a program that the sandbox does not have', async () => {
    const missing = 'no-such-interpreter';
    expect(await result(byCommand(`${missing} check.x`))).toMatch(
      /^cannot_run: no-such-interpreter is not installed in the sandbox/,
    );
    const shebang = byCommand('"$CONTRACT_DIR/VAL-A-001/check"', {
      files: [{ path: 'check', content: `#!/usr/bin/env ${missing}\n` }],
    });
    expect(await result(shebang)).toMatch(/^cannot_run: no-such-interpreter is not installed/);
    const inside = byCommand('sh "$CONTRACT_DIR/VAL-A-001/check.sh"', {
      files: [{ path: 'check.sh', content: `${missing} --version\n` }],
    });
    expect(await result(inside)).toMatch(/^cannot_run: no-such-interpreter is not installed/);
    const requests = byRequests([{ url: 'http://127.0.0.1:4321/' }]);
    const services = [service('app.x', { start: `${missing} src/app.x` })];
    expect(await result(requests, { services })).toMatch(/^cannot_run: no-such-interpreter is not installed/);
  });

  it('cannot run what no product could meet', async () => {
    expect(await result(byCommand('true', { expected: { status: 200 } }))).toBe(
      'cannot_run: The proof expects status, which a command does not have.',
    );
    expect(await result(byRequests([{ url: 'http://example.com/' }]))).toMatch(
      /^cannot_run: .*not on loopback/,
    );
    expect(await result(assertion({ method: 'browser' }))).toBe('cannot_run: The proof opens no page first.');
  });

  it('does not let the code under test pass its failure off as a hindrance', async () => {
    person.write(
      'src/liar.mjs',
      "console.error('bash: line 1: python9: command not found'); process.exit(127);\n",
    );
    const sha = person.commit('Lie');
    const lies = await openedAt(sha);
    const record = await engine.prove(byCommand('node src/liar.mjs'), site({ repository: lies, sha }));
    expect(record).toMatchObject({ verdict: 'fail', observed: expect.stringContaining('python9') as string });
  });

  it('is inconclusive, never a pass or a fail, when the sandbox fails twice', async () => {
    let opened = 0;
    const failing = new ProofEngine({
      sandbox: {
        kind: 'bubblewrap',
        probe: sandbox.probe.bind(sandbox),
        openSession: async (options) => {
          opened += 1;
          const session = await sandbox.openSession(options);
          await session.close();
          return session;
        },
      },
      artifacts,
      redactor: createRedactor({ secrets: [] }),
      adopt: (directory) => adoptWorkspace(directory, sandboxUser().uid),
      stateDir: root,
    });
    expect(await failing.prove(byCommand('true'), site())).toMatchObject({ verdict: 'inconclusive' });
    expect(await failing.baseline(byCommand('true'), onBase())).toMatchObject({ result: 'cannot_run' });
    expect(opened).toBe(4);
  });
});

describe('a change to a protected path', () => {
  it('is a finding, one for each entry of the contract that was touched', async () => {
    const findings = await protectedPathFindings(
      site({ contractProtected: ['test', 'README.md', 'src/*.config.js'] }),
    );
    expect(findings).toMatchObject([
      { severity: 'major', category: 'test_quality', title: 'A protected path was changed: test' },
    ]);
    expect(findings[0]?.detail).toContain('added: test/added.mjs\nmodified: test/reporter.mjs');
    expect(await protectedPathFindings(onBase({ contractProtected: ['test'] }))).toEqual([]);
  });
});

async function openedAt(sha: string): Promise<MissionRepository> {
  const repositories = new GitMissionRepositories({ stateDir: join(root, 'other'), scan: () => [] });
  return repositories.open({ missionId: 'm-lies', source: person.path, baseSha: sha });
}

function hostCommands(): readonly string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && existsSync(`/proc/${pid}/cmdline`))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}

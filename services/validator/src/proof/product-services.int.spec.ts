import { findTool, stateDirectory } from '@missions/local';
import { productServiceSchema, type ProofRecord } from '@missions/mission';
import { proofStage, stageAssertion, type ProofStage } from './conformance/proof-stage.ts';

let stage: ProofStage;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => stage.end());

const health = 'http://127.0.0.1:4321/health';
const listen = (port: number, answer = "response.end('well')"): string =>
  `import { createServer } from 'node:http';\ncreateServer((request, response) => { ${answer}; }).listen(${String(port)}, '127.0.0.1');\n`;
const sound = listen(4321);
interface Product {
  readonly files: Readonly<Record<string, string>>;
  readonly services?: readonly object[];
  readonly timeoutSec?: number;
}

const web = { name: 'web', start: 'node web.mjs', health };

/** One request, which is answered as wanted by whatever listens. */
async function proved({ files, services = [web], timeoutSec = 20 }: Product): Promise<ProofRecord> {
  const steps = [{ url: 'http://127.0.0.1:4321/', expected: { status: 200 } }];
  const parsed = services.map((service) => productServiceSchema.parse(service));
  const site = await stage.site(files, { services: parsed });
  return stage.engine.prove(stageAssertion({ method: 'http', steps, timeoutSec }), site);
}

describe('a product that', () => {
  it('is sound passes, and is asked to stop before it is killed', async () => {
    const polite = `${sound}process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });\n`;
    const record = await proved({ files: { 'web.mjs': polite } });
    expect(record.verdict).toBe('pass');
    expect(await stage.evidence(record.evidence, 'service_log')).toEqual([
      '$ node web.mjs\nstopped when the proof was over\nbye\n',
    ]);
  });

  it('does not start fails', async () => {
    const record = await proved({ files: { 'web.mjs': "throw new Error('no database');\n" } });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toBe(`the service web ended with exit code 1 before ${health} answered`);
    expect((await stage.evidence(record.evidence, 'service_log')).join()).toContain('no database');
  });

  it('starts slowly passes within the time of the proof, and fails beyond it', async () => {
    const slow = (ms: number): Record<string, string> => ({
      'web.mjs': `await new Promise((done) => setTimeout(done, ${String(ms)}));\n${sound.replace('import {', 'const {').replace("} from 'node:http'", "} = await import('node:http')")}`,
    });
    expect((await proved({ files: slow(1_500) })).verdict).toBe('pass');
    const late = await proved({ files: slow(60_000), timeoutSec: 2 });
    expect(late.verdict).toBe('fail');
    expect(late.observed).toMatch(/^the service web did not come up in 2 s: .*ECONNREFUSED/);
  });

  it('is never healthy fails, whatever else it answers', async () => {
    const ill = listen(4321, "response.statusCode = request.url === '/health' ? 503 : 200; response.end()");
    const record = await proved({ files: { 'web.mjs': ill }, timeoutSec: 2 });
    expect(record).toMatchObject({ verdict: 'fail' });
    expect(record.observed).toContain(`${health} answered 503`);
  });

  it('answers garbage instead of HTTP fails', async () => {
    const garbage = `import { createServer } from 'node:net';\ncreateServer((socket) => socket.on('error', () => {}).end('\\x00\\xff garbage\\n')).listen(4321, '127.0.0.1');\n`;
    const record = await proved({ files: { 'web.mjs': garbage }, timeoutSec: 2 });
    expect(record).toMatchObject({ verdict: 'fail' });
    expect(record.observed).toMatch(/did not come up in 2 s: .*not answered: HPE_/);
  });

  it('accepts and never answers fails', async () => {
    const mute = `import { createServer } from 'node:net';\ncreateServer(() => {}).listen(4321, '127.0.0.1');\n`;
    const record = await proved({ files: { 'web.mjs': mute }, timeoutSec: 2 });
    expect(record).toMatchObject({ verdict: 'fail' });
    expect(record.observed).toContain('did not come up in 2 s');
  });

  it('dies after the health check fails, although it answered', async () => {
    const dying = listen(
      4321,
      "response.end('well'); if (request.url === '/') response.on('finish', () => process.exit(3))",
    );
    const record = await proved({ files: { 'web.mjs': dying } });
    expect(record).toMatchObject({ verdict: 'fail' });
    expect(record.observed).toContain('the service web ended with exit code 3 while it was driven');
  });

  it('floods its log fails, and is ended', async () => {
    // Not by Node, which keeps in memory what a busy reader has not taken yet, and may die of that first.
    const flood = { ...web, start: 'node web.mjs & yes xxxxxxxx' };
    const later = { name: 'later', start: 'sleep 300', health: 'http://127.0.0.1:4999/' };
    const record = await proved({ files: { 'web.mjs': sound }, services: [flood, later], timeoutSec: 60 });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toBe(
      'the service web was killed, because it wrote far more than can be kept before http://127.0.0.1:4999/ answered',
    );
    const [, log = ''] = await stage.evidence(record.evidence, 'service_log');
    expect(log).toMatch(/^\$ .*\nwas killed, because it wrote far more than can be kept\nx+/);
    expect(log.length).toBeLessThan(1_100_000);
  });

  it('never stops fails, asked by a signal or by the plan’s command, and is killed', async () => {
    const stubborn = `${sound}process.on('SIGTERM', () => console.log('no'));\n`;
    const [bySignal, byCommand] = await Promise.all([
      proved({ files: { 'web.mjs': stubborn } }),
      proved({ files: { 'web.mjs': sound }, services: [{ ...web, stop: 'true' }] }),
    ]);
    expect(bySignal.verdict).toBe('fail');
    expect(bySignal.observed).toContain('web did not stop within 10 s of SIGTERM, and was killed');
    expect(byCommand.verdict).toBe('fail');
    expect(byCommand.observed).toContain('web did not stop within 10 s of its stop command, and was killed');
  }, 60_000);

  it('is stopped by the plan’s command, beside the processes it is about', async () => {
    const files = {
      'web.mjs': `${sound}import { writeFileSync } from 'node:fs';\nwriteFileSync('web.pid', String(process.pid));\nprocess.on('SIGTERM', () => {});\nprocess.on('SIGINT', () => { console.log('stopped as told'); process.exit(0); });\n`,
    };
    const services = [{ ...web, stop: 'kill -INT "$(cat web.pid)"' }];
    const record = await proved({ files, services });
    expect(record.verdict).toBe('pass');
    expect((await stage.evidence(record.evidence, 'service_log')).join()).toContain('stopped as told');
  });
});

describe('an address of the product', () => {
  /** Healthy on a port of its own; takes the other service's as soon as that one has begun, and keeps it longer than it. */
  const thief = `import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
const answer = (_, response) => response.end('well');
const wanted = process.argv[2];
const steal = (then) => createServer(answer).listen(4321, '127.0.0.1', then);
const serve = () => createServer(answer).listen(4555, '127.0.0.1');
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1_000));
if (wanted === undefined) steal(serve); else serve();
const looking = setInterval(() => {
  if (wanted === undefined || !existsSync(wanted)) return;
  clearInterval(looking);
  steal();
}, 20);
`;
  const begun = `import { writeFileSync } from 'node:fs';\nwriteFileSync('begun', '');\n`;
  const withThief = (argument: string): readonly object[] => [
    { name: 'thief', start: `node thief.mjs ${argument}`, port: 4555 },
    web,
  ];

  it('that is taken before its service starts fails the proof', async () => {
    const files = { 'web.mjs': sound, 'thief.mjs': thief };
    const record = await proved({ files, services: withThief('') });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toBe(
      `something answers ${health} before the service web is started: its address is taken`,
    );
  });

  it('that something else answers while its service ends fails the proof', async () => {
    const wait = `const look = async () => { await fetch('${health}').then(() => process.exit(0), () => setTimeout(look, 20)); };\nawait look();\n`;
    const files = { 'web.mjs': begun + wait, 'thief.mjs': thief };
    const record = await proved({ files, services: withThief('begun') });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toContain('the service web ended with exit code 0');
  });

  it('that something else answers while its service idles fails the proof', async () => {
    const files = { 'web.mjs': `${begun}setInterval(() => {}, 1_000);\n`, 'thief.mjs': thief };
    const record = await proved({ files, services: withThief('begun') });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toContain(
      `${health} answers although the service web has stopped: another process has its address`,
    );
  });

  it('may be missing of a job that does its work and ends, but not of one that fails', async () => {
    const files = { 'web.mjs': sound };
    const job = (start: string): object => ({ name: 'migrate', start });
    expect((await proved({ files, services: [job('exit 0'), web] })).verdict).toBe('pass');
    const failed = await proved({ files, services: [job('exit 4'), web] });
    expect(failed.verdict).toBe('fail');
    expect(failed.observed).toContain('the service migrate ended with exit code 4');
  });
});

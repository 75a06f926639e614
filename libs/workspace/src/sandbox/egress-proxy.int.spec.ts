import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { EgressDecision, EgressEntry, EgressProxy } from '../sandbox-egress.ts';
import type { SandboxSession } from '../sandbox.ts';
import { openEgressProxy } from './egress-proxy.ts';

const timeoutMs = 20_000;
const names: Readonly<Record<string, readonly string[]>> = {
  'registry.test': ['127.0.0.1'],
  'rebound.test': ['203.0.113.1', '127.0.0.1'],
};
let sandbox: TestSandbox;
let upstream: Server;
let port: number;
let proxy: EgressProxy | undefined;
let decisions: EgressDecision[];

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
  upstream = createServer((request, response) => {
    response.end(
      `${request.method ?? ''} ${request.url ?? ''} host=${request.headers.host ?? ''} secret=${String(request.headers['proxy-authorization'])}`,
    );
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  port = (upstream.address() as AddressInfo).port;
}, 180_000);
beforeEach(() => {
  decisions = [];
});
afterEach(() => proxy?.close());
afterAll(async () => {
  await sandbox.end();
  await new Promise((resolve) => upstream.close(resolve));
});

async function sessionWith(allow: readonly EgressEntry[]): Promise<SandboxSession> {
  const socketPath = join(
    sandbox.dir,
    `egress-${String(decisions.length)}-${String(Math.round(performance.now()))}.sock`,
  );
  const onRequest = (decision: EgressDecision): void => void decisions.push(decision);
  const resolve = (host: string): Promise<readonly string[]> => Promise.resolve(names[host] ?? []);
  proxy = await openEgressProxy({ socketPath, uid: sandbox.user.uid, allow, onRequest }, resolve);
  return sandbox.open({ egress: proxy });
}

const fetchIn = async (session: SandboxSession, url: string, flags = ''): Promise<string> => {
  const command = `curl -sS --max-time 5 ${flags} ${url} 2>&1; node -e 'fetch(process.argv[1]).then(r => r.text()).then(t => console.log("\\nnode:", t), e => console.log("\\nnode failed"))' ${url}`;
  return (await session.run({ command, timeoutMs })).stdout;
};

describe('the way out of a session', () => {
  it('leads to a listed destination, over HTTP and through a tunnel, and reports both', async () => {
    const session = await sessionWith([{ host: 'registry.test', port, private: true }]);
    const url = `http://registry.test:${String(port)}/package`;
    const said = `GET /package host=registry.test:${String(port)} secret=undefined`;
    const answer = await fetchIn(session, url, '-H "Proxy-Authorization: mine"');
    expect(answer.split(said)).toHaveLength(3);
    expect((await session.run({ command: `curl -sS --proxytunnel ${url}`, timeoutMs })).stdout).toBe(said);
    expect(decisions.at(-1)).toEqual({
      allowed: true,
      method: 'CONNECT',
      host: 'registry.test',
      port,
      address: '127.0.0.1',
      reason: 'listed',
    });
    expect(decisions.some(({ method, allowed }) => method === 'GET' && allowed)).toBe(true);
  });

  it.each([
    ['a host that is not listed', 'other.test', 'not_listed'],
    ['a name that resolves to a private address', 'rebound.test', 'private_address'],
    ['a listed name that does not resolve', 'unknown.test', 'unresolved'],
    ['an address of the host', '127.0.0.2', 'not_listed'],
  ])('is closed for %s', async (_, host, reason) => {
    const entries = [
      { host: 'rebound.test', port },
      { host: 'unknown.test', port },
    ];
    const session = await sessionWith(entries);
    const url = `http://${host}:${String(port)}/`;
    const forwarded = await session.run({
      command: `curl -sS -o /dev/null -w '%{http_code}' ${url}`,
      timeoutMs,
    });
    const tunnelled = await session.run({ command: `curl -sS --proxytunnel ${url} 2>&1`, timeoutMs });
    expect(forwarded.stdout).toBe('403');
    expect(tunnelled.stdout).toContain('403');
    expect(decisions.map((decision) => [decision.allowed, decision.reason])).toEqual([
      [false, reason],
      [false, reason],
    ]);
  });

  it('tells what was asked since it was last asked itself, repeats counted and their kinds bounded', async () => {
    const session = await sessionWith([{ host: 'registry.test', port, private: true }]);
    const twice = `curl -sS http://registry.test:${String(port)}/a http://registry.test:${String(port)}/b`;
    await session.run({ command: twice, timeoutMs });
    const use = { host: 'registry.test', port, allowed: true, reason: 'listed', count: 2 };
    expect(session.takeEgress()).toEqual([use]);
    await session.run({ command: `curl -sS 'http://h[1-40].test/' >/dev/null`, timeoutMs });
    const refused = session.takeEgress();
    expect(refused).toHaveLength(33);
    expect(refused.at(-1)).toEqual({
      host: '(others)',
      port: 0,
      allowed: false,
      reason: 'not_listed',
      count: 8,
    });
    expect(session.takeEgress()).toEqual([]);
  });

  it('cannot be pointed elsewhere by a Host header', async () => {
    const session = await sessionWith([{ host: 'registry.test', port, private: true }]);
    const url = `http://registry.test:${String(port)}/`;
    const { stdout } = await session.run({ command: `curl -sS -H 'Host: internal.test' ${url}`, timeoutMs });
    expect(stdout).toContain(`host=registry.test:${String(port)}`);
  });

  it('is the only one: past the proxy there is no network', async () => {
    const session = await sessionWith([{ host: 'registry.test', port, private: true }]);
    const { stdout } = await session.run({
      command: `curl -sS --noproxy '*' http://127.0.0.1:${String(port)}/ 2>&1`,
      timeoutMs,
    });
    expect(stdout).toMatch(/connect/i);
    expect(decisions).toEqual([]);
  });

  it('is gone when the proxy closes, with the connections it carried', async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const silentPort = (silent.address() as AddressInfo).port;
    const session = await sessionWith([{ host: 'registry.test', port: silentPort, private: true }]);
    const connected = new Promise<void>((resolve) => silent.once('connection', () => resolve()));
    const waiting = session.run({
      command: `curl -sS --proxytunnel http://registry.test:${String(silentPort)}/ 2>&1`,
      timeoutMs,
    });
    await connected;
    await proxy?.close();
    expect((await waiting).exitCode).not.toBe(0);
    await expect(reach(proxy?.socketPath ?? '')).rejects.toThrow('ENOENT');
    silent.close();
  });
});

function reach(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connect(path).once('connect', resolve).once('error', reject);
  });
}

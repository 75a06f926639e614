import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { EgressDecision, EgressProxy, EgressProxyOptions } from '../sandbox-egress.ts';
import type { ModelCall, ModelEndpoint } from '../sandbox-model-endpoints.ts';
import type { SandboxSession } from '../sandbox.ts';
import { openEgressProxy } from './egress-proxy.ts';

const timeoutMs = 20_000;
const realKey = 'sk-real-0f9c2f7e4d';
type Seen = Readonly<{ url: string; headers: IncomingMessage['headers']; body: string }>;

let sandbox: TestSandbox;
let provider: Server;
let seen: Seen[];
let answer: (request: Seen, response: ServerResponse) => void;
let proxy: EgressProxy | undefined;
let calls: ModelCall[];
let decisions: EgressDecision[];

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
  provider = createServer((request, response) => {
    void receive(request, response);
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
}, 180_000);
beforeEach(() => {
  [seen, calls, decisions] = [[], [], []];
  answer = (_request, response) => response.end('{}');
});
afterEach(() => proxy?.close());
afterAll(async () => {
  await sandbox.end();
  await new Promise((resolve) => provider.close(resolve));
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
  const { url = '', headers } = request;
  seen.push({ url, headers, body });
  answer({ url, headers, body }, response);
}

function baseUrl(path = ''): string {
  return `http://127.0.0.1:${String((provider.address() as AddressInfo).port)}${path}`;
}

const anthropic = (): ModelEndpoint => ({
  name: 'claude',
  protocol: 'anthropic',
  baseUrl: baseUrl(),
  headers: { 'x-api-key': realKey },
});
const openai = (): ModelEndpoint => ({
  name: 'local',
  protocol: 'openai',
  baseUrl: baseUrl('/v1'),
  headers: { authorization: `Bearer ${realKey}` },
});

async function sessionWith(options: Partial<EgressProxyOptions>): Promise<SandboxSession> {
  proxy = await openEgressProxy({
    socketPath: join(sandbox.dir, `models-${String(Math.round(performance.now() * 1000))}.sock`),
    uid: sandbox.user.uid,
    allow: [],
    onRequest: (decision) => decisions.push(decision),
    onModelCall: (call) => calls.push(call),
    ...options,
  });
  return sandbox.open({ egress: proxy });
}

const post = async (session: SandboxSession, url: string, body: object, flags = ''): Promise<string> => {
  const command = `curl -sS --max-time 10 ${flags} -H 'content-type: application/json' -d @- "${url}"`;
  return (await session.run({ command, stdin: JSON.stringify(body), timeoutMs })).stdout;
};

describe('a model provider called from inside', () => {
  it('gets the key that only the proxy knows, and none that the agent sent', async () => {
    const session = await sessionWith({ endpoints: [anthropic()] });
    const flags = `-H "x-api-key: $ANTHROPIC_API_KEY" -H 'authorization: Bearer mine' -H 'cookie: a=b' -H 'anthropic-version: 2023-06-01'`;
    await post(session, '$ANTHROPIC_BASE_URL/v1/messages?beta=true', { model: 'm-1', max_tokens: 7 }, flags);
    expect(seen.map(({ url }) => url)).toEqual(['/v1/messages?beta=true']);
    const { authorization, cookie, ...sent } = seen[0]?.headers ?? {};
    expect([authorization, cookie]).toEqual([undefined, undefined]);
    expect(sent).toMatchObject({ 'x-api-key': realKey, 'anthropic-version': '2023-06-01' });
    expect(calls).toMatchObject([
      { provider: 'claude', model: 'm-1', maxTokens: 7, path: '/v1/messages', status: 200, complete: true },
    ]);
    expect(decisions).toMatchObject([{ allowed: true, reason: 'model_endpoint', host: '127.0.0.1' }]);
  });

  it('leaves no trace of the key inside: not in the environment, the processes or the files, nor in an answer', async () => {
    answer = ({ headers }, response) => {
      response.setHeader('x-request-id', realKey);
      const echoed = `you sent ${String(headers['x-api-key'])}!`;
      response.write(echoed.slice(0, 14));
      setImmediate(() => response.end(echoed.slice(14)));
    };
    const session = await sessionWith({ endpoints: [anthropic()] });
    const said = await post(session, '$ANTHROPIC_BASE_URL/v1/messages', {}, '-i');
    expect(said).toContain('you sent [credential]!');
    expect(said).not.toContain(realKey);
    const search = `grep -rsl '${realKey.slice(0, 8)}''${realKey.slice(8)}' /proc/[0-9]*/environ /proc/[0-9]*/cmdline /etc /run /tmp /workspace /opt/toolchain/missions; env`;
    const { stdout } = await session.run({ command: search, timeoutMs });
    expect(stdout).not.toContain(realKey);
    expect(stdout).not.toMatch(/^\/(?!proc\/\d+\/cmdline)/m);
    expect(stdout).toContain('ANTHROPIC_API_KEY=added-by-the-egress-proxy');
  });

  it('streams: the first part of an answer is there before the last was made', async () => {
    let finish: (() => void) | undefined;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const start = {
        message: { usage: { input_tokens: 5, cache_read_input_tokens: 90, output_tokens: 1 } },
      };
      response.write(`event: message_start\ndata: ${JSON.stringify(start)}\n\n`);
      finish = () => response.end(`data: ${JSON.stringify({ usage: { output_tokens: 33 } })}\n\n`);
    };
    const session = await sessionWith({ endpoints: [anthropic()] });
    const result = await session.run({
      command: `curl -sSN -d '{"stream":true}' "$ANTHROPIC_BASE_URL/v1/messages"`,
      onOutput: (chunk) => {
        if (Buffer.from(chunk).includes('message_start')) finish?.();
      },
      timeoutMs,
    });
    expect(result.exitCode).toBe(0);
    expect(calls[0]?.usage).toEqual({ input: 5, output: 33, cacheRead: 90, cacheWrite: 0 });
  });

  it('tells the usage of a stream of chat completions, asking the server for it', async () => {
    answer = ({ body }, response) => {
      const asked = JSON.parse(body) as { stream_options?: { include_usage?: boolean } };
      const usage = { prompt_tokens: 50, completion_tokens: 8, prompt_tokens_details: { cached_tokens: 40 } };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"hi"}}],"usage":null}\n\n');
      if (asked.stream_options?.include_usage === true)
        response.write(`data: ${JSON.stringify({ choices: [], usage })}\n\n`);
      response.end('data: [DONE]\n\n');
    };
    const session = await sessionWith({ endpoints: [openai()] });
    await post(session, '$OPENAI_BASE_URL/chat/completions', { model: 'q', stream: true });
    expect(seen[0]).toMatchObject({
      url: '/v1/chat/completions',
      headers: { authorization: `Bearer ${realKey}` },
    });
    expect(calls[0]).toMatchObject({
      provider: 'local',
      model: 'q',
      usage: { input: 10, output: 8, cacheRead: 40, cacheWrite: 0 },
    });
  });

  it.each([
    ['another path of the provider', 'POST', '/providers/claude/v1/files', 403],
    ['another method', 'DELETE', '/providers/claude/v1/models/x', 403],
    ['a path that climbs', 'POST', '/providers/claude/v1/messages/../files', 403],
    ['a provider that is not served', 'POST', '/providers/other/v1/messages', 404],
  ])('refuses %s', async (_, method, path, status) => {
    const session = await sessionWith({ endpoints: [anthropic()] });
    const command = `curl -sS --path-as-is -o /dev/null -w '%{http_code}' -X ${method} "\${MISSIONS_PROVIDERS_URL%/providers/}${path}"`;
    expect((await session.run({ command, timeoutMs })).stdout).toBe(String(status));
    expect(seen).toEqual([]);
    expect(decisions).toMatchObject([{ allowed: false }]);
  });

  it('opens no other host, and follows no redirect to one', async () => {
    answer = (_request, response) => response.writeHead(307, { location: 'http://elsewhere.test/' }).end();
    const session = await sessionWith({ endpoints: [anthropic()] });
    const redirected = await post(session, '$ANTHROPIC_BASE_URL/v1/messages', {}, '-iL');
    expect(redirected).toContain('502');
    expect(redirected).not.toContain('elsewhere');
    const { stdout } = await session.run({
      command: `curl -sS -o /dev/null -w '%{http_code}' ${baseUrl('/v1/messages')} --noproxy '' -x "$HTTP_PROXY"`,
      timeoutMs,
    });
    expect(stdout).toBe('403');
    expect(seen).toHaveLength(1);
  });

  it('is asked of its caller first, who may refuse in words that the agent reads', async () => {
    const session = await sessionWith({
      endpoints: [anthropic()],
      admitModelCall: ({ model }) => (model === 'dear' ? 'The budget of this run is spent.' : undefined),
    });
    const said = await post(session, '$ANTHROPIC_BASE_URL/v1/messages', { model: 'dear' });
    expect(said).toContain('The budget of this run is spent.');
    expect([seen, calls]).toEqual([[], []]);
    expect(decisions).toMatchObject([{ allowed: false, reason: 'call_refused' }]);
  });

  it('is reported as cut off when the agent goes away in the middle', async () => {
    const told = new Promise<ModelCall>((resolve) => {
      answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: {"usage":{"input_tokens":3,"output_tokens":1}}\n\n');
      };
      void sessionWith({ endpoints: [anthropic()], onModelCall: resolve }).then((session) =>
        session.run({ command: 'curl -sSN --max-time 1 -d {} "$ANTHROPIC_BASE_URL/v1/messages"', timeoutMs }),
      );
    });
    expect(await told).toMatchObject({ status: 200, complete: false, usage: { input: 3, output: 1 } });
  });
});

import type { AnyTool, ToolContext, ToolResult } from '@missions/agent';
import { createRedactor, DomainError } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import { settle } from '@missions/testing';
import type { SandboxSession } from '@missions/workspace';
import { testBrowser, testSandbox, type TestSandbox } from '@missions/workspace/conformance';
import { browserTool } from './browser.ts';

const address = 'http://127.0.0.1:4466/';
const page = `<title>Counter</title><button onclick="document.querySelector('output').textContent = ++count + ' hunter2'">More</button>
<output>none</output><script>let count = 0; console.error('no backend');</script>`;

let sandbox: TestSandbox;
let session: SandboxSession;
const kept: { readonly bytes: Uint8Array; readonly mediaType: string }[] = [];
const evidence = {
  put: (bytes: Uint8Array, { mediaType }: { readonly mediaType: string }) => {
    kept.push({ bytes, mediaType });
    return Promise.resolve({ digest: `sha256:${String(kept.length)}` });
  },
};
const redactor = createRedactor({ secrets: [{ name: 'key', value: 'hunter2' }] });

beforeAll(async () => {
  await testBrowser(stateDirectory());
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
  session = await sandbox.open();
  const serve = `require('http').createServer((_, response) => response.setHeader('content-type', 'text/html').end(${JSON.stringify(page)})).listen(4466, '127.0.0.1')`;
  await session.start({ command: ['node', '-e', serve] });
  await settle(async () => {
    const answer = await session
      .http({ method: 'GET', url: address, timeoutMs: 1_000 })
      .catch(() => undefined);
    return answer !== undefined;
  });
}, 300_000);
afterAll(() => sandbox.end());

const context: ToolContext = {
  ...{ runId: 'r-1', turn: 1, callId: 'call-1', at: '2030-01-01T00:00:00.000Z' },
  signal: AbortSignal.timeout(120_000),
  progress: () => undefined,
};
const call = (tool: AnyTool, input: unknown): Promise<ToolResult> =>
  tool.execute(tool.input.parse(input), context);

describe('the tool browser', () => {
  it('keeps one page open, shows what is on it after each action, and keeps a picture as evidence', async () => {
    const tool = browserTool({ session, redactor, evidence });
    const opened = await call(tool, { action: 'goto', url: address });
    expect(opened.content).toMatch(
      /^http:\/\/127\.0\.0\.1:4466\/ \(status 200\)\ntitle: Counter\nerrors on the console: 1\nno backend .*\n\nMore none\n\(captured/,
    );
    const clicked = await call(tool, { action: 'click', target: { role: 'button', name: 'More' } });
    expect(clicked.content).toContain('More 1 [redacted:key]');
    expect(clicked.captured).toEqual({
      kind: 'screenshot',
      command: 'click {"role":"button","name":"More"}',
      artifact: 'sha256:2',
    });
    expect(kept.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png']);
    expect(Buffer.from(kept[1]?.bytes ?? []).toString('latin1', 1, 4)).toBe('PNG');
  });

  it('tells what the page did not let happen, with the page as it is', async () => {
    const tool = browserTool({ session, redactor, evidence });
    const refused = await call(tool, { action: 'goto', url: 'http://127.0.0.1:4467/' });
    expect(refused.content).toMatch(/ERR_CONNECTION_REFUSED/);
  });

  it('opens a new browser after one fell over', async () => {
    let opened = 0;
    const falls: Pick<SandboxSession, 'openBrowser'> = {
      openBrowser: () => {
        opened += 1;
        const fall = (): Promise<never> => Promise.reject(new DomainError('SANDBOX_FAULT', 'It fell over.'));
        const close = (): Promise<undefined> => Promise.resolve(undefined);
        return Promise.resolve({ act: fall, look: fall, screenshot: fall, checkAccessibility: fall, close });
      },
    };
    const tool = browserTool({ session: falls, redactor, evidence });
    const fallen = await call(tool, { action: 'goto', url: address });
    expect(fallen).toMatchObject({ isError: true, content: expect.stringContaining('a new one') as string });
    await call(tool, { action: 'goto', url: address });
    expect(opened).toBe(2);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { findTool, stateDirectory } from '@missions/local';
import { settle } from '@missions/testing';
import type { PageAction, SandboxBrowser, SandboxSession, SeenPage } from '../index.ts';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import { hostBrowser } from './browser/host-browser.ts';

const limit = { timeoutMs: 10_000 };
const port = 4455;
const address = `http://127.0.0.1:${String(port)}`;

const todo = `<!doctype html><html lang="en"><title>To do</title>
<style>#big { text-transform: uppercase } #gone { display: none } #clear { opacity: 0 }</style>
<h1 id="big">My list</h1><label>What <input id="what" placeholder="Milk"></label><button id="add">Add</button>
<ul id="list"></ul><p id="gone">secret door</p><p id="clear">thin air</p>
<script>
  document.querySelector('#add').onclick = () => {
    const item = document.createElement('li');
    item.textContent = document.querySelector('#what').value;
    setTimeout(() => document.querySelector('#list').append(item), 50);
  };
</script>`;

const server = `
const pages = ${JSON.stringify({
  '/todo': todo,
  '/broken':
    '<title>Broken</title><button onclick="missing()">Go</button><script>console.error("no backend")</script>',
  '/busy': '<button>Go</button><script>setTimeout(() => { for (;;); }, 300)</script>',
  '/asks': "<button onclick=\"alert('Saved it'); window.open('/todo')\">Save</button>",
  '/lies':
    '<p>true</p><script>Object.defineProperty(Node.prototype, "nodeValue", { get: () => "forged" }); Element.prototype.checkVisibility = () => true; window.getComputedStyle = () => ({});</script>',
  '/restless': '<p>Here</p><script>setTimeout(() => location.reload(), 20)</script>',
  '/bare': '<img src="/none.png"><p style="color:#eee;background:#fff">pale</p>',
})};
require('http').createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  response.statusCode = request.url in pages ? 200 : 404;
  response.end(pages[request.url] ?? 'nothing here');
}).listen(${String(port)}, '127.0.0.1');`;

let sandbox: TestSandbox;
let session: SandboxSession;
let browser: SandboxBrowser;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
  session = await sandbox.open();
  await session.start({ command: ['node', '-e', server] });
  await settle(async () => {
    const answer = await session
      .http({ method: 'GET', url: address, timeoutMs: 1_000 })
      .catch(() => undefined);
    return answer !== undefined;
  });
  browser = await session.openBrowser({ trace: true });
}, 300_000);

afterAll(() => sandbox.end());

const act = (action: PageAction): Promise<void> => browser.act(action, limit);
const open = async (path: string): Promise<SeenPage> => {
  await act({ action: 'goto', url: `${address}${path}` });
  return browser.look(limit);
};

describe('a browser on a session’s network', () => {
  it('shows what a person would read, and not what is hidden from them', async () => {
    const seen = await open('/todo');
    expect(seen).toMatchObject({ url: `${address}/todo`, title: 'To do', status: 200, consoleErrorCount: 0 });
    expect(seen.text).toBe('MY LIST\nWhat Milk Add');
    expect(seen.writtenText).toBe('My list\nWhat Milk Add');
  });

  it('fills in, clicks, and sees what comes of it, but not what it typed itself', async () => {
    await open('/todo');
    await act({ action: 'fill', target: { label: 'What' }, value: 'Bread' });
    expect((await browser.look(limit)).text).not.toContain('Bread');
    await act({ action: 'click', target: { role: 'button', name: 'Add' } });
    await settle(async () => (await browser.look(limit)).text.endsWith('Bread'));
  });

  it('hears errors of the console and uncaught ones', async () => {
    const before = (await open('/todo')).consoleErrorCount;
    await open('/broken');
    await act({ action: 'click', target: { role: 'button', name: 'Go' } });
    await settle(async () => (await browser.look(limit)).consoleErrorCount === before + 2);
    const { consoleErrors } = await browser.look(limit);
    expect(consoleErrors.at(-2)).toContain('no backend');
    expect(consoleErrors.at(-1)).toBe('uncaught: missing is not defined');
  });

  it('reads dialogs and lets them pass, and opens no second page', async () => {
    await open('/asks');
    await act({ action: 'click', target: { text: 'Save' } });
    const seen = await browser.look(limit);
    expect(seen.text).toBe('Save\nSaved it');
    await settle(async () => (await browser.look(limit)).refused.length > 0);
  });

  it('is not lied to by a page that replaces what scripts read it with', async () => {
    const seen = await open('/lies');
    expect(seen.text).toBe('true');
  });

  it('says what the page did not let happen, and what does not answer', async () => {
    await open('/todo');
    const missing = browser.act({ action: 'click', target: { text: 'Nothing' } }, { timeoutMs: 300 });
    await expect(missing).rejects.toMatchObject({ code: 'PAGE_ACTION' });
    const elsewhere = browser.act({ action: 'goto', url: 'http://127.0.0.1:4456/' }, limit);
    await expect(elsewhere).rejects.toMatchObject({ code: 'PAGE_ACTION' });
    const outside = browser.act({ action: 'goto', url: 'http://example.org/' }, limit);
    await expect(outside).rejects.toMatchObject({ code: 'PAGE_ACTION' });
    expect(await open('/nothing')).toMatchObject({ status: 404, text: 'nothing here' });
  });

  it('reads a page that leads to another one all the time', async () => {
    // In a browser of its own: what such a page does next would cut off where another case wants to go.
    const own = await session.openBrowser();
    await own.act({ action: 'goto', url: `${address}/restless` }, limit);
    for (let look = 0; look < 20; look += 1) {
      const seen = await own.look(limit);
      expect(['', 'Here']).toContain(seen.text);
    }
    await own.close();
  });

  it('finds what keeps people out', async () => {
    await open('/bare');
    const found = await browser.checkAccessibility(limit);
    const rules = found.map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(['image-alt', 'html-has-lang', 'document-title']));
  });

  it('takes a picture, and gives its trace when it ends', async () => {
    const own = await session.openBrowser({ trace: true });
    await own.act({ action: 'goto', url: `${address}/todo` }, limit);
    const png = Buffer.from(await own.screenshot(limit));
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    const trace = Buffer.from((await own.close()) ?? []);
    expect(trace.toString('latin1', 0, 2)).toBe('PK');
    await expect(own.look(limit)).rejects.toMatchObject({ code: 'SANDBOX_FAULT' });
  });
});

describe('a browser', () => {
  it('gives a page up that is busy for ever', async () => {
    const own = await session.openBrowser();
    await own.act({ action: 'goto', url: `${address}/busy` }, limit);
    await settle(async () => {
      const looked = await own.look({ timeoutMs: 500 }).catch((error: unknown) => error);
      return (looked as { code?: string }).code === 'PAGE_SILENT';
    });
    await own.close();
  });

  it('shares neither files nor processes with the session', async () => {
    const own = await session.openBrowser();
    const files = own.act({ action: 'goto', url: 'file:///workspace' }, limit);
    await expect(files).rejects.toMatchObject({ code: 'PAGE_ACTION' });
    const seen = await session.run({ command: 'cat /proc/*/cmdline; ls /opt', timeoutMs: 10_000 });
    expect(seen.stdout).not.toContain('chromium');
    expect(seen.stdout.trim()).toMatch(/toolchain$/);
    await own.close();
  });

  it('leaves no process behind when it is closed, and when its session is', async () => {
    const before = browsersOfThisProcess().length;
    const own = await sandbox.open();
    const closed = await own.openBrowser();
    await own.openBrowser();
    expect(browsersOfThisProcess().length).toBeGreaterThan(before + 1);
    await closed.close();
    await own.close();
    expect(browsersOfThisProcess()).toHaveLength(before);
  });

  it('is missing where the host has none, with the command to run', async () => {
    const find = hostBrowser({
      stateDir: sandbox.dir,
      env: {},
      configured: '/nowhere/chromium',
      say: () => undefined,
    });
    await expect(find()).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('apt-get install chromium-headless-shell') as string,
    });
  });
});

/** Processes of browsers that this process started. */
function browsersOfThisProcess(): readonly string[] {
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid));
  return pids.filter((pid) => fileOf(pid, 'cmdline').includes('chromium') && isOwn(pid));
}

function isOwn(pid: string): boolean {
  const parent = /^PPid:\s+(\d+)$/m.exec(fileOf(pid, 'status'))?.[1];
  return parent === String(process.pid) || (parent !== undefined && parent !== '0' && isOwn(parent));
}

function fileOf(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

import { findTool, stateDirectory } from '@missions/local';
import { settle } from '@missions/testing';
import type { PageAction, SandboxBrowser, SandboxSession, SeenPage } from '../index.ts';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';

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

  it('fills in, clicks, and sees what comes of it', async () => {
    await open('/todo');
    await act({ action: 'fill', target: { label: 'What' }, value: 'Bread' });
    await act({ action: 'click', target: { role: 'button', name: 'Add' } });
    await settle(async () => (await browser.look(limit)).text.endsWith('Bread'));
  });
});

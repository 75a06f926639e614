import { findTool, stateDirectory } from '@missions/local';
import { productServiceSchema, type ProofRecord } from '@missions/mission';
import type { SandboxBrowser, SandboxProvider } from '@missions/workspace';
import { testBrowser } from '@missions/workspace/conformance';
import { BubblewrapProvider, prepareToolchain } from '@missions/workspace/sandbox';
import { proofStage, stageAssertion, stageSecret, type ProofStage } from './conformance/proof-stage.ts';
import { ProofEngine } from './proof-engine.ts';
import { redactedArchive } from './trace-archive.ts';

let stage: ProofStage;
beforeAll(async () => {
  await testBrowser(stateDirectory());
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 300_000);
afterAll(() => stage.end());

const address = 'http://127.0.0.1:4321/';
const web = productServiceSchema.parse({ name: 'web', start: 'node web.mjs', health: address });

/** A product of one page. */
const serving = (page: string): Readonly<Record<string, string>> => ({
  'page.html': page,
  'web.mjs': `import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(readFileSync('page.html'));
}).listen(4321, '127.0.0.1');
`,
});

const list = (script: string): string => `<!doctype html><html lang="en"><title>Shopping</title>
<main><h1>Shopping list</h1><label>Item <input id="item"></label><button id="add">Add</button><ul id="list"></ul></main>
<script>${script}</script>`;

const works = `document.querySelector('#add').onclick = () => setTimeout(() => {
  const item = document.createElement('li');
  item.textContent = document.querySelector('#item').value;
  document.querySelector('#list').append(item);
}, 150);`;

const addMilk = [
  { action: 'goto', url: address, expected: { title: 'Shopping', visible: ['Shopping list'] } },
  { action: 'fill', target: { label: 'Item' }, value: 'Milk' },
  { action: 'click', target: { role: 'button', name: 'Add' } },
  { action: 'wait', expected: { visible: ['Milk'], hidden: ['error'], consoleErrors: 0 } },
];

async function proved(
  page: string,
  steps: readonly object[] = addMilk,
  more: object = {},
): Promise<ProofRecord> {
  const site = await stage.site(serving(page), { services: [web] });
  return stage.engine.prove(stageAssertion({ method: 'browser', steps, timeoutSec: 20, ...more }), site);
}

const isPng = (bytes: Buffer): boolean => bytes.subarray(1, 4).toString('latin1') === 'PNG';

/** Reads an archive back by the same door that redacts it. */
async function textsIn(archive: Buffer): Promise<string> {
  const texts: string[] = [];
  await redactedArchive(archive, (text) => {
    texts.push(text);
    return text;
  });
  return texts.join('\n');
}

describe('a browser proof', () => {
  it('passes when the page does what a person wants of it, with a picture of each step, its pages and a trace', async () => {
    const record = await proved(list(works));
    expect(record).toMatchObject({ verdict: 'pass' });
    const pictures = await stage.bytes(record.evidence, 'screenshot');
    expect(pictures.map(isPng)).toEqual([true, true, true, true]);
    expect(record.evidence.find(({ kind }) => kind === 'screenshot')?.command).toBe(`goto ${address}`);
    const [pages = '[]'] = await stage.evidence(record.evidence, 'page');
    expect(JSON.parse(pages)).toMatchObject([{}, {}, {}, { step: 'wait', status: 200, title: 'Shopping' }]);
    const [trace = Buffer.alloc(0)] = await stage.bytes(record.evidence, 'trace');
    expect(trace.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
    expect(record.evidence.map(({ kind }) => kind)).toContain('service_log');
  });

  it('fails a page that renders but does not work, and says what was seen instead', async () => {
    const record = await proved(list(''));
    expect(record.verdict).toBe('fail');
    expect(record.expected).toContain('the page shows "Milk"');
    // What a person typed stands in the field, but nothing came of the click.
    expect(record.observed).toContain('Shopping list');
    expect((await stage.bytes(record.evidence, 'screenshot')).map(isPng)).toContain(true);
  });

  it('fails a page that shows what is wanted and takes it back', async () => {
    const flashes = works.replace('.append(item)', '.append(item); setTimeout(() => item.remove(), 200)');
    const emptied = `${flashes} document.querySelector('#add').addEventListener('click', () => setTimeout(() => { document.querySelector('#item').value = ''; }, 160));`;
    const record = await proved(list(emptied), addMilk, { timeoutSec: 8 });
    expect(record.verdict).toBe('fail');
  });

  it('does not see what only scripts can see: hidden, transparent, out of reach, typed by itself', async () => {
    const styles = ['display:none', 'visibility:hidden', 'opacity:0', 'position:absolute;left:-9999px'];
    const hidden = styles.map((style, index) => `<p style="${style}">secret ${String(index)}</p>`).join('');
    const steps = [
      { action: 'goto', url: address },
      { action: 'fill', target: { css: 'input' }, value: 'typed' },
    ];
    const expected = { visible: ['Shown', 'given'], hidden: ['secret', 'typed'] };
    const page = `<p>Shown</p>${hidden}<input><textarea>given</textarea>`;
    expect(await proved(page, steps, { expected })).toMatchObject({ verdict: 'pass' });
  });

  it('counts errors of the console and uncaught ones', async () => {
    const steps = [{ action: 'goto', url: address, expected: { visible: ['Here'], consoleErrors: 0 } }];
    const record = await proved('Here<script>setTimeout(() => lost(), 200)</script>', steps, {
      timeoutSec: 8,
    });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toMatch(/1 errors on the console: uncaught: lost is not defined/);
  });

  it('fails a page that is kept busy for ever', async () => {
    const busy = list("document.querySelector('#add').onclick = () => { for (;;); }");
    const record = await proved(busy, addMilk, { timeoutSec: 8 });
    expect(record.verdict).toBe('fail');
    expect(record.observed).toMatch(/did not answer/);
  });

  it('checks accessibility where it is asked to', async () => {
    const steps = [
      { action: 'goto', url: address },
      { action: 'accessibility', expected: { violations: 0 } },
    ];
    expect(await proved(list(works), steps)).toMatchObject({ verdict: 'pass' });
    const record = await proved('<html><img src="data:,"><input></html>', steps, { timeoutSec: 8 });
    expect(record.verdict).toBe('fail');
    const [found = ''] = await stage.evidence(record.evidence, 'accessibility');
    expect(found).toMatch(/image-alt/);
  });

  it('keeps no secret in what it says, in its pages and inside the trace', async () => {
    const steps = [{ action: 'goto', url: address, expected: { visible: ['nowhere'] } }];
    const record = await proved(`<p>${stageSecret}</p>`, steps, { timeoutSec: 5 });
    expect(record.verdict).toBe('fail');
    expect(record.observed).not.toContain(stageSecret);
    expect((await stage.evidence(record.evidence, 'page')).join()).not.toContain(stageSecret);
    const [trace = Buffer.alloc(0)] = await stage.bytes(record.evidence, 'trace');
    const texts = await textsIn(trace);
    expect(texts).toContain(address);
    expect(texts).not.toContain(stageSecret);
  });

  it('cannot be carried out where it leaves loopback, opens no page, or counts violations unchecked', async () => {
    const stray = await proved('', [{ action: 'goto', url: 'http://example.org/' }]);
    expect(stray).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('loopback') as string,
    });
    expect(await proved('', [{ action: 'click', target: { text: 'x' } }])).toMatchObject({
      verdict: 'inconclusive',
    });
    const unchecked = [{ action: 'goto', url: address, expected: { violations: 0 } }];
    expect(await proved('', unchecked)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('fails on the base, where there is no product yet', async () => {
    const site = await stage.site({}, { services: [web] });
    const record = await stage.engine.baseline(stageAssertion({ method: 'browser', steps: addMilk }), site);
    expect(record.result).toBe('fails_as_expected');
  });

  it('says nothing about the product where the host has no browser, but what to run', async () => {
    const site = await stage.site(serving(list(works)), { services: [web] });
    const toolchain = await prepareToolchain(stateDirectory());
    const { stateDir } = stage.parts;
    const sandbox = new BubblewrapProvider({ stateDir, bwrap: await findTool('bwrap'), toolchain });
    const bare = new ProofEngine({ ...stage.parts, sandbox });
    const proving = bare.prove(stageAssertion({ method: 'browser', steps: addMilk }), site);
    await expect(proving).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('apt-get install') as string,
    });
  });

  it('is tried twice where the browser falls over, and then decides nothing', async () => {
    const { sandbox } = stage.parts;
    let opened = 0;
    const falls: SandboxProvider = {
      ...{ kind: sandbox.kind, probe: (signal) => sandbox.probe(signal) },
      openSession: async (options) => {
        const session = await sandbox.openSession(options);
        const open = session.openBrowser.bind(session);
        const openBrowser = async (): Promise<SandboxBrowser> => {
          opened += 1;
          const browser = await open();
          await browser.close();
          return browser;
        };
        return Object.assign(session, { openBrowser });
      },
    };
    const engine = new ProofEngine({ ...stage.parts, sandbox: falls });
    const site = await stage.site(serving(list(works)), { services: [web] });
    const record = await engine.prove(stageAssertion({ method: 'browser', steps: addMilk }), site);
    expect(record).toMatchObject({ verdict: 'inconclusive' });
    expect(opened).toBe(2);
  });
});

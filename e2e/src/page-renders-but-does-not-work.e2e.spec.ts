import { stateDirectory } from '@missions/local';
import type { Evidence, MissionEventData } from '@missions/mission';
import { parseScript, type Script } from '@missions/models/scripted';
import { testBrowser } from '@missions/workspace/conformance';
import { openStage, type Stage } from './stage/stage.ts';

type Judged = MissionEventData<'AssertionJudged'>;

const address = 'http://127.0.0.1:8098/';

const server = `import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

createServer((request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(readFileSync(new URL('./page.html', import.meta.url)));
}).listen(8098, '127.0.0.1');
`;

const page = (script: string): string => `<!doctype html>
<html lang="en">
  <head><title>Shopping</title></head>
  <body>
    <main>
      <h1>Shopping list</h1>
      <form>
        <label>Item <input name="item" autocomplete="off"></label>
        <button>Add</button>
      </form>
      <ul></ul>
      <p>Nothing yet</p>
    </main>
    <script type="module">${script}</script>
  </body>
</html>
`;

/** All is there to be seen, and nothing happens. */
const rendered = page(
  `document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());`,
);
const working = page(`document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const entry = document.createElement('li');
  entry.textContent = event.target.item.value;
  document.querySelector('ul').append(entry);
  document.querySelector('p').remove();
});`);

const proposal = {
  brief: {
    title: 'A shopping list',
    goal: 'A person keeps a shopping list in the browser.',
    requirements: [{ id: 'REQ-1', text: 'What a person adds stands in the list.' }],
  },
  plan: {
    milestones: [{ id: 'M1', title: 'The list' }],
    services: [{ name: 'web', start: 'node web.mjs', health: address, port: 8098 }],
    features: [{ id: 'F-001', milestoneId: 'M1', title: 'Add to the list', fulfils: ['VAL-LIST-001'] }],
  },
  contract: {
    assertions: [
      {
        id: 'VAL-LIST-001',
        statement: 'What a person adds stands in the list.',
        traces: ['REQ-1'],
        proof: {
          method: 'browser',
          steps: [
            { action: 'goto', url: address, expected: { title: 'Shopping', visible: ['Nothing yet'] } },
            { action: 'fill', target: { label: 'Item' }, value: 'Milk' },
            { action: 'click', target: { role: 'button', name: 'Add' } },
            { action: 'wait', expected: { visible: ['Milk'], hidden: ['Nothing yet'], consoleErrors: 0 } },
            { action: 'accessibility', expected: { violations: 0 } },
          ],
          timeoutSec: 40,
        },
      },
    ],
  },
};

const turn = (tool: string, input: unknown): unknown => ({ calls: [{ tool, input }] });

function build(feature: string, content: string): unknown {
  const handoff = { outcome: 'success', whatWasImplemented: ['the list'], whatWasLeftUndone: [] };
  return {
    match: { task: 'build', feature },
    turns: [
      turn('write', { file_path: 'web.mjs', content: server }),
      turn('write', { file_path: 'page.html', content }),
      turn('hand_off', { ...handoff, salientSummary: `${feature}: the list works.` }),
    ],
  };
}

/** Worker and validator say that all is well, whatever becomes of a click. */
const story: Script = parseScript(
  JSON.stringify({
    version: 1,
    runs: [
      { match: { task: 'scope' }, turns: [turn('ask', { questions: [] })] },
      { match: { task: 'plan' }, turns: [turn('propose_plan', proposal)] },
      build('F-001', rendered),
      build('F-002', working),
      { match: { task: 'review' }, turns: [turn('report_review', { findings: [] })] },
      { match: { role: 'scrutiny', task: 'validate' }, turns: [turn('report_validation', { results: [] })] },
      {
        match: { role: 'user_testing', task: 'validate' },
        turns: [
          turn('browser', { action: 'goto', url: address }),
          turn('browser', { action: 'fill', target: { label: 'Item' }, value: 'Bread' }),
          turn('browser', { action: 'click', target: { role: 'button', name: 'Add' } }),
          turn('report_validation', { results: [{ assertionId: 'VAL-LIST-001', verdict: 'pass' }] }),
        ],
      },
      {
        match: { task: 'triage' },
        turns: [
          turn('settle_findings', {
            items: [{ item: 'FIND-1', choice: 'fix_now', justification: 'Nobody could keep a list.' }],
          }),
        ],
      },
    ],
  }),
  'shopping list',
);

describe('a page that renders but does not work', () => {
  let stage: Stage;
  beforeAll(async () => {
    const { program } = await testBrowser(stateDirectory());
    stage = await openStage({ script: story, settings: { 'sandbox.browser': program } });
  });
  afterAll(() => stage.close());

  it('is caught with pictures of what a person would see, is mended, and passes', async () => {
    const { api } = stage;
    const id = await api.create({ goal: 'A shopping list', repository: stage.repository('list').path });
    await api.approve(id);
    await api.until(id, ({ status }) => status === 'completed', 240_000);

    const judged = await api.facts<Judged>(id, 'AssertionJudged');
    expect(judged.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass']);
    const [failed, , passed] = judged;
    expect(failed?.observed).toContain('Nothing yet');
    expect(failed?.expected).toContain('the page shows "Milk"');
    await expectPictures(failed?.evidence);
    await expectPictures(passed?.evidence);
    expect(await textOf(passed?.evidence, 'page')).toContain('Milk');

    const report = await api.report(id);
    expect(report.assertions).toMatchObject([{ id: 'VAL-LIST-001', method: 'browser', verdict: 'pass' }]);
    await expectPictures(report.assertions[0]?.evidence);
    expect(await api.text(`/v1/missions/${id}/report?format=html`)).toMatch(
      /<img [^>]*src="data:image\/png;base64,iVBORw0KGgo/,
    );
    expect(report.findings).toMatchObject([{ id: 'FIND-1', settled: { choice: 'fix_now' } }]);
    expect(await stage.violations()).toEqual([]);
  });

  async function textOf(evidence: readonly Evidence[] = [], kind = ''): Promise<string> {
    const found = evidence.filter((item) => item.kind === kind);
    expect(found).not.toEqual([]);
    return (await Promise.all(found.map(({ artifact }) => stage.api.artifact(artifact)))).join('\n');
  }

  /** Every screenshot is a PNG that the API hands out. */
  async function expectPictures(evidence: readonly Evidence[] = []): Promise<void> {
    const pictures = evidence.filter(({ kind }) => kind === 'screenshot');
    expect(pictures.length).toBeGreaterThan(0);
    for (const { artifact } of pictures) {
      const { url, token } = stage.api;
      const answer = await fetch(`${url}/v1/artifacts/${artifact}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).toString('latin1', 1, 4)).toBe('PNG');
    }
  }
});

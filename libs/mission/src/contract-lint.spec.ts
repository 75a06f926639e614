import { deciderSpec } from '@missions/testing/given-when-then';
import { checkProposal } from './proposal-checks.ts';
import { replied } from './testing/conclusions.ts';
import { approved, missionDecider } from './testing/history.ts';
import {
  add,
  ana,
  assertion,
  by,
  kept,
  proposal,
  proposalInput,
  served,
} from './testing/mission.builders.ts';

const base = proposalInput();
const request = { url: 'http://127.0.0.1:8080/tasks', expected: { status: 200 } };

function problems(change: Parameters<typeof proposal>[0]): readonly string[] {
  return checkProposal(proposal(change)).map(({ where, what }) => `${where} ${what}`);
}

function problemsOf(id: string, over: Parameters<typeof assertion>[1]): readonly string[] {
  const others = base.contract.assertions.filter((other) => other.id !== id);
  return problems({ contract: { assertions: [...others, assertion(id, over)] } });
}

function provedBy(command: string, over: Parameters<typeof assertion>[1] = {}): readonly string[] {
  return problemsOf(add, { ...over, proof: { method: 'command', command } });
}

describe('an assertion', () => {
  it.each([
    'The function parse exists',
    'There is a class Parser',
    '`src/parse.ts` exports parse and print',
    'src/parse.ts contains the parser',
    'Saving calls the method `flush`',
    'The list is implemented with a linked list',
    'The codebase uses one clock',
    'Every request invokes authorize()',
  ])('that restates its implementation is refused: %s', (statement) =>
    expect(problemsOf(add, { statement })).toEqual([
      expect.stringMatching(/^VAL-ADD-001 restates its implementation \(".+"\): say what somebody observes/),
    ]),
  );

  it.each([
    '`node src/tasks.js add ""` ends with exit code 2 and names the title',
    'node src/tasks.js list prints every task',
    'GET /app.js answers the script, with the exit code of nobody',
    'add(2, 3) gives 5',
    'The answer of GET /tasks has a field `title` and a field `done`',
    'After `init my.ts`, config.ts contains the chosen name',
    'An unused import in `a.ts` is reported as `a.ts:3`',
    'The page shows the list after a reload, in Node.js as in a browser',
    'A token of another class is refused, and the method that was used is named',
  ])('may name what people see and type: %s', (statement) =>
    expect(problemsOf(add, { statement })).toEqual([]),
  );

  it.each(['static', 'quality'] as const)('of type %s may speak of the code', (type) =>
    expect(problemsOf(add, { type, statement: 'src/parse.ts exports parse' })).toEqual([]),
  );

  it.each([
    'grep -q "export function" src/parse.ts',
    'test -f src/server.js && ! grep -rn TODO src/',
    'for file in src/*.ts; do grep -c parse $file; done',
    '[ -f lib/tasks.py ]',
  ])('is not proved by reading the source: %s', (command) =>
    expect(provedBy(command)).toContainEqual(
      expect.stringMatching(/^VAL-ADD-001 is proved by reading the source/),
    ),
  );

  it('is not proved by rules over the source alone', () => {
    const rules = [{ path: 'src/**/*.ts', contains: 'export' }];
    expect(problemsOf(add, { proof: { method: 'inspection', rules } })).toHaveLength(1);
    expect(problemsOf(add, { type: 'static', proof: { method: 'inspection', rules } })).toEqual([]);
    const documented = [{ path: 'README.md', contains: 'tasks add' }];
    expect(problemsOf(add, { proof: { method: 'inspection', rules: documented } })).toEqual([]);
  });

  it.each([
    'test "$(node src/add.js 2 3)" = 5',
    'test -s tasks.txt',
    'node src/tasks.js list | grep -q milk',
    'grep -q "tasks add" README.md',
    'node -e \'import("./src/add.js").then(({ add }) => process.exit(add(2, 3) === 5 ? 0 : 1))\'',
  ])('may be proved by a command that compares: %s', (command) => expect(provedBy(command)).toEqual([]));

  it.each(['npm test', 'node --test', 'node src/tasks.js add milk'])(
    'expects something beside the exit code of %s',
    (command) =>
      expect(provedBy(command)).toEqual([
        expect.stringMatching(/^VAL-ADD-001 expects no more than an exit code/),
      ]),
  );

  it.each(['static', 'quality', 'non_regression'] as const)(
    'of type %s may be what a tool says by its exit code',
    (type) => expect(provedBy('npm run lint', { type })).toEqual([]),
  );
});

describe('an entry point', () => {
  const web = { name: 'web', start: 'node web.js', port: 8080 };

  it.each([
    { name: 'admin', start: 'node admin.js', port: 9090 },
    { name: 'admin', start: 'node admin.js', health: 'http://127.0.0.1:9090/health' },
  ])('that no assertion drives is named', (admin) =>
    expect(problems({ plan: { ...base.plan, services: [web, admin] } })).toEqual([
      expect.stringMatching(/^admin listens on port 9090, but no assertion drives it there/),
    ]),
  );

  it('has a port of its own', () => {
    const services = [web, { name: 'page', start: 'node page.js', port: 8080 }];
    expect(problems({ plan: { ...base.plan, services } })).toEqual([
      'page listens on port 8080, as web does; give each its own',
    ]);
  });

  it('is driven by http or by browser', () => {
    const services = [web, { name: 'page', start: 'node page.js', port: 9090 }];
    const opened = { method: 'browser' as const, steps: [page('http://127.0.0.1:9090/')] };
    const assertions = base.contract.assertions.map((one) =>
      one.id === add ? assertion(add, { proof: opened }) : one,
    );
    expect(problems({ plan: { ...base.plan, services }, contract: { assertions } })).toEqual([]);
  });

  it('is none of a service that only others talk to', () =>
    expect(problems({ plan: { ...base.plan, services: [web, { name: 'db', start: 'db' }] } })).toEqual([]));

  it('is also a product without a service: something has to run it', () => {
    const environment = { start: 'node tasks.js' };
    const only = (over: Parameters<typeof assertion>[1]) =>
      problems({
        brief: { ...base.brief, environment },
        plan: { ...base.plan, services: [] },
        contract: {
          assertions: base.contract.assertions.map(({ id, traces }) =>
            assertion(id, { ...over, ...(traces && { traces }) }),
          ),
        },
      });
    expect(only({ type: 'static', proof: { method: 'static', command: 'npm run lint' } })).toEqual([
      expect.stringMatching(/^environment.start says that the product is started by `node tasks.js`/),
    ]);
    expect(only({})).toEqual([]);
  });
});

describe('an amendment', () => {
  const given = deciderSpec(missionDecider);
  const talked = approved().messaged('a').concluded({ kind: 'ended', state: 'interrupted' });
  const held = talked.claimed().delivered('a');
  const refused = (...assertions: ReturnType<typeof assertion>[]) =>
    given(...held.facts)
      .when(held.conclusion(replied({ contract_delta: { assertions } })), by(ana))
      .thenRefuses('DELTA_INVALID').message;

  it('is held against the same rules as the contract', () => {
    expect(refused(assertion(add, { statement: 'The function add exists' }))).toMatch(/restates/);
    expect(refused(assertion(add, { proof: { method: 'command', command: 'npm test' } }))).toMatch(
      /no more than an exit code/,
    );
  });

  it('leaves no requirement and no entry point without a proof', () => {
    const elsewhere = assertion(served, { traces: ['REQ-1'] });
    const said = refused(elsewhere);
    expect(said).toMatch(/REQ-2 would be traced by no assertion any more/);
    expect(said).toMatch(/web listens on port 8080, but no assertion drives it/);
  });

  it('may say more, and other things', () => {
    const other = { ...request, expected: { status: 200, json: [] } };
    const assertions = [
      assertion(served, { traces: ['REQ-2'], proof: { method: 'http', steps: [other] } }),
      assertion(kept, { type: 'non_regression', statement: 'What was there still works' }),
    ];
    const asked = held.concluded(replied({ contract_delta: { assertions } }));
    expect(asked.last('ApprovalRequested')).toMatchObject({ kind: 'amendment' });
  });
});

function page(url: string): { action: 'goto'; url: string; expected: { visible: string[] } } {
  return { action: 'goto', url, expected: { visible: ['Tasks'] } };
}

import type { Expectation } from '@missions/mission';
import { checkExpectation, type Observation } from './check-expectation.ts';

const command = (overrides: Partial<Extract<Observation, { kind: 'command' }>> = {}): Observation => ({
  kind: 'command',
  exitCode: 0,
  stdout: 'three words\n',
  stderr: '',
  ...overrides,
});

const answer = (overrides: Partial<Extract<Observation, { kind: 'http' }>> = {}): Observation => ({
  kind: 'http',
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: '{"items":[{"id":1,"title":"milk"}],"total":1}',
  ...overrides,
});

const met = (observation: Observation, expected: Expectation): boolean =>
  checkExpectation(observation, expected).ok;

describe('what a proof expects of a command', () => {
  it('is an exit by 0 where nothing else is said', () => {
    expect(met(command(), {})).toBe(true);
    expect(met(command({ exitCode: 1 }), {})).toBe(false);
    expect(met(command({ exitCode: 1 }), { exitCode: 1 })).toBe(true);
    expect(met(command(), { exitCode: 1 })).toBe(false);
  });

  it('includes the output: an exit by 0 with the wrong output is not enough', () => {
    expect(met(command(), { stdout: 'three' })).toBe(true);
    expect(met(command(), { stdout: 'four' })).toBe(false);
    expect(met(command({ exitCode: 1 }), { stdout: 'three' })).toBe(false);
    expect(met(command({ stderr: 'usage: wc' }), { stderr: 'usage' })).toBe(true);
    expect(met(command({ stdout: '', stderr: 'usage: wc' }), { text: 'usage' })).toBe(true);
    expect(met(command(), { stderr: 'usage' })).toBe(false);
  });

  it('takes text as it is, not as a regular expression', () => {
    expect(met(command({ stdout: 'abc' }), { stdout: 'a.c' })).toBe(false);
    expect(met(command({ stdout: '(a.c)' }), { stdout: '(a.c)' })).toBe(true);
  });

  it('is never met by a command that was killed, whatever it wrote', () => {
    const checked = checkExpectation(command({ exitCode: undefined, killed: 'killed after 5 s' }), {
      stdout: 'three',
    });
    expect(checked).toEqual({
      ok: false,
      observed: 'killed after 5 s; stdout "three words"',
      expected: 'exit code 0; stdout contains "three"',
    });
  });

  it('is not met by what a command cannot show', () => {
    expect(checkExpectation(command(), { status: 200 })).toMatchObject({
      ok: false,
      expected: 'exit code 0; status, which cannot be observed here',
    });
  });

  it('shows the end of a long output', () => {
    const { observed } = checkExpectation(command({ stdout: `${'x'.repeat(100_000)}the reason` }), {});
    expect(observed.length).toBeLessThan(1_500);
    expect(observed).toContain('the reason');
  });
});

describe('what a proof expects of an answer', () => {
  it('is its status, text, headers and JSON', () => {
    expect(met(answer(), { status: 200, text: 'milk', header: { 'Content-Type': 'application/json' } })).toBe(
      true,
    );
    expect(met(answer(), { status: 201 })).toBe(false);
    expect(met(answer(), { text: 'bread' })).toBe(false);
    expect(met(answer(), { header: { 'x-missing': 'yes' } })).toBe(false);
    expect(met(answer(), { exitCode: 0 })).toBe(false);
  });

  it.each<[string, unknown, unknown, boolean]>([
    ['further fields are fine', { total: 1 }, { total: 1, page: 2 }, true],
    ['at every depth', { a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }, true],
    ['a missing field is not', { a: { b: 1 } }, { a: {} }, false],
    ['nor null for a missing one', { a: null }, {}, false],
    ['list elements contain in turn', [{ id: 1 }], [{ id: 1, title: 'x' }], true],
    ['an empty list means empty', [], [1], false],
    ['order counts', [1, 2], [2, 1], false],
    ['length counts', [1], [1, 2], false],
    ['numbers are not text', { a: 1 }, { a: '1' }, false],
    ['a list is no object', {}, [], false],
    ['null is no object', {}, null, false],
    ['inherited fields do not count', { toString: null }, {}, false],
  ])('JSON: %s', (_rule, expected, actual, ok) => {
    expect(met(answer({ body: JSON.stringify(actual) }), { json: expected as never })).toBe(ok);
  });

  it('is not met by a body that is not JSON', () => {
    expect(met(answer({ body: 'oops' }), { json: null })).toBe(false);
    expect(met(answer({ body: 'oops' }), { json: 'oops' })).toBe(false);
    expect(met(answer({ body: 'null' }), { json: null })).toBe(true);
  });
});

describe('what a proof expects of a terminal', () => {
  const screen = (overrides: Partial<Extract<Observation, { kind: 'screen' }>> = {}): Observation => ({
    kind: 'screen',
    rows: ['1) add  2) list', '> '],
    text: 'Welcome\n1) add  2) list\n> ',
    exitCode: undefined,
    ...overrides,
  });

  it('is read off the screen; only `text` is also met by what has scrolled away', () => {
    expect(met(screen(), { visible: ['1) add', '2) list'] })).toBe(true);
    expect(met(screen(), { visible: ['1) add', 'Welcome'] })).toBe(false);
    expect(met(screen(), { hidden: ['Welcome'] })).toBe(true);
    expect(met(screen(), { hidden: ['2) list'] })).toBe(false);
    expect(met(screen(), { text: 'Welcome' })).toBe(true);
  });

  it('includes the end of the program only where that is said', () => {
    expect(met(screen(), {})).toBe(true);
    expect(met(screen(), { exitCode: 0 })).toBe(false);
    expect(met(screen({ exitCode: 0 }), { exitCode: 0 })).toBe(true);
    expect(met(screen({ exitCode: 1 }), { exitCode: 0 })).toBe(false);
  });

  it('is shown as the person would have seen it', () => {
    expect(checkExpectation(screen({ exitCode: 2 }), {}).observed).toBe(
      'ended with exit code 2; the screen shows\n1) add  2) list\n>',
    );
  });
});

describe('what cannot be observed', () => {
  it.each<[string, Observation, Expectation]>([
    ['what is visible, of a command', command(), { visible: ['three'] }],
    ['a title, of a command', command(), { title: 'three' }],
    ['what is hidden, of an answer', answer(), { hidden: ['nothing like it'] }],
    ['an exit code, of an answer', answer(), { exitCode: 0 }],
  ])('is not met: %s', (_, observation, expected) => {
    expect(met(observation, expected)).toBe(false);
  });
});

import type { Expectation } from '@missions/mission';
import { containsJson } from './json-containment.ts';
import { unobservableParts } from './observable.ts';
import { describePage, pageParts, type ObservedPage } from './page-expectation.ts';

/** What was observed of a command that ended or was killed. */
export interface ObservedCommand {
  readonly kind: 'command';
  /** Undefined when the supervisor killed it. */
  readonly exitCode: number | undefined;
  /** Why it was killed, in words. */
  readonly killed?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ObservedAnswer {
  readonly kind: 'http';
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a person sees on a terminal. */
export interface ObservedScreen {
  readonly kind: 'screen';
  readonly rows: readonly string[];
  /** The screen with what has scrolled off it, wrapped lines joined. */
  readonly text: string;
  /** Undefined while the program runs, and when it was killed. */
  readonly exitCode: number | undefined;
}

export type Observation = ObservedCommand | ObservedAnswer | ObservedScreen | ObservedPage;

/** Whether an observation met what a proof expects, and both in words. */
export interface Checked {
  readonly ok: boolean;
  readonly observed: string;
  readonly expected: string;
  /** Why nobody can tell, though the product may be sound: this is no failure of it. */
  readonly undecided?: string;
}

interface Part {
  readonly ok: boolean;
  readonly expected: string;
}

/**
 * Holds an observation against an expectation; all of its parts have to be met.
 * `stdout`, `stderr`, `text` and header values occur in what was observed, `json` is contained in it, the rest is equal.
 * A command has to exit 0 where the expectation does not say otherwise, and one that was killed never meets anything.
 */
export function checkExpectation(observation: Observation, expectation: Expectation): Checked {
  const parts = [...partsOf(observation, expectation), ...impossible(expectation, observation.kind)];
  const killed = observation.kind === 'command' && observation.exitCode === undefined;
  return {
    ok: !killed && parts.every(({ ok }) => ok),
    observed: describe(observation),
    expected: parts.map(({ expected }) => expected).join('; ') || 'any answer',
  };
}

function partsOf(observation: Observation, expected: Expectation): readonly Part[] {
  switch (observation.kind) {
    case 'command':
      return commandParts(observation, expected);
    case 'http':
      return answerParts(observation, expected);
    case 'screen':
      return screenParts(observation, expected);
    case 'page':
      return pageParts(observation, expected);
  }
}

function commandParts({ exitCode, stdout, stderr }: ObservedCommand, expected: Expectation): readonly Part[] {
  const wantedCode = expected.exitCode ?? 0;
  return [
    { ok: exitCode === wantedCode, expected: `exit code ${wantedCode}` },
    ...occurs('stdout', stdout, expected.stdout),
    ...occurs('stderr', stderr, expected.stderr),
    ...occurs('output', `${stdout}\n${stderr}`, expected.text),
    ...jsonPart('stdout', stdout, expected.json),
  ];
}

function answerParts({ status, headers, body }: ObservedAnswer, expected: Expectation): readonly Part[] {
  return [
    ...(expected.status === undefined
      ? []
      : [{ ok: status === expected.status, expected: `status ${expected.status}` }]),
    ...occurs('body', body, expected.text),
    ...jsonPart('body', body, expected.json),
    ...Object.entries(expected.header ?? {}).flatMap(([name, value]) =>
      occurs(`header ${name}`, headers[name.toLowerCase()] ?? '', value),
    ),
  ];
}

function screenParts({ rows, text, exitCode }: ObservedScreen, expected: Expectation): readonly Part[] {
  const screen = rows.join('\n');
  return [
    ...(expected.visible ?? []).flatMap((wanted) => occurs('the screen', screen, wanted)),
    ...(expected.hidden ?? []).map((unwanted) => ({
      ok: !screen.includes(unwanted),
      expected: `the screen does not show ${JSON.stringify(unwanted)}`,
    })),
    ...occurs('what was shown', text, expected.text),
    ...(expected.exitCode === undefined
      ? []
      : [{ ok: exitCode === expected.exitCode, expected: `exit code ${expected.exitCode}` }]),
  ];
}

function occurs(where: string, actual: string, expected: string | undefined): readonly Part[] {
  if (expected === undefined) return [];
  return [{ ok: actual.includes(expected), expected: `${where} contains ${JSON.stringify(expected)}` }];
}

function jsonPart(where: string, actual: string, expected: Expectation['json']): readonly Part[] {
  if (expected === undefined) return [];
  return [
    {
      ok: containsJson(parsed(actual), expected),
      expected: `${where} contains JSON ${JSON.stringify(expected)}`,
    },
  ];
}

/** `undefined` is contained in nothing and contains nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What this kind of observation can never show is not met, instead of being passed over. */
function impossible(expected: Expectation, kind: Observation['kind']): readonly Part[] {
  return unobservableParts(expected, kind).map((part) => ({
    ok: false,
    expected: `${part}, which cannot be observed here`,
  }));
}

const shownCharacters = 1_200;

function describe(observation: Observation): string {
  if (observation.kind === 'http') return `status ${observation.status}; body ${excerpt(observation.body)}`;
  if (observation.kind === 'screen') return describeScreen(observation);
  if (observation.kind === 'page') return describePage(observation);
  const { exitCode, killed, stdout, stderr } = observation;
  const end = exitCode === undefined ? (killed ?? 'killed') : `exit code ${exitCode}`;
  return [
    end,
    ...(stdout === '' ? [] : [`stdout ${excerpt(stdout)}`]),
    ...(stderr === '' ? [] : [`stderr ${excerpt(stderr)}`]),
  ].join('; ');
}

function describeScreen({ rows, exitCode }: ObservedScreen): string {
  const screen = rows.join('\n').trimEnd();
  const end = exitCode === undefined ? '' : `ended with exit code ${exitCode}; `;
  return screen === '' ? `${end}the screen is empty` : `${end}the screen shows\n${screen}`;
}

/** The end of a text: what is said last is usually why. */
function excerpt(text: string): string {
  const trimmed = text.trimEnd();
  const cut =
    trimmed.length > shownCharacters ? `…${trimmed.slice(-shownCharacters).toWellFormed()}` : trimmed;
  return JSON.stringify(cut);
}

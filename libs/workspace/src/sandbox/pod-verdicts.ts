import type { ProbeResult } from '../sandbox.ts';
import type { Attempt } from './probe-verdicts.ts';

/** What the canary in a pod printed; each field is described by where it is made, in `inside/pod-canary.ts`. */
export interface PodFacts {
  readonly ids: readonly number[];
  readonly status: Readonly<Record<string, string>>;
  readonly ownEnvironment: Attempt;
  readonly serviceEnvironment: Attempt;
  readonly serviceMemory: Attempt;
  readonly serviceSignal: Attempt;
  readonly ownSignal: Attempt;
  readonly accountToken: Attempt;
  readonly ownFile: Attempt;
  readonly systemWrite: Attempt;
  readonly largeFile: Attempt;
  readonly opened: number;
  readonly ownListener: string;
  readonly metadata: string;
}

export interface PodExpectations {
  readonly uid: number;
  readonly serviceUid: number;
  readonly openFiles: number;
}

type Row = readonly [name: string, marker: string | false, held: boolean, seen: unknown];

/** One verdict for each probe: it holds only if its marker was seen and what must be prevented was prevented. */
export function podVerdicts(facts: PodFacts, expected: PodExpectations): readonly ProbeResult[] {
  const rows = [...userRows(facts, expected), ...serviceRows(facts), ...placeRows(facts, expected)];
  return rows.map(([name, marker, held, seen]) => ({
    name,
    marker: marker === false ? undefined : marker,
    ok: marker !== false && held,
    detail: JSON.stringify(seen),
  }));
}

function userRows({ ids, status }: PodFacts, expected: PodExpectations): readonly Row[] {
  const { CapPrm = '', CapEff = '', CapAmb = '', NoNewPrivs = '' } = status;
  const powerless = [CapPrm, CapEff, CapAmb].every((mask) => /^0+$/.test(mask)) && NoNewPrivs === '1';
  return [
    ['uid', ids.length > 0 && 'it knows its user', isStranger(ids, expected), ids],
    ['capabilities', CapEff !== '' && `CapEff ${CapEff}`, powerless, status],
  ];
}

/** The service lives in the same pod, with its keys in its environment and its memory. */
function serviceRows(facts: PodFacts): readonly Row[] {
  const { ownEnvironment, serviceEnvironment, serviceMemory, ownSignal, serviceSignal } = facts;
  const closed = !done(serviceEnvironment) && !done(serviceMemory);
  return [
    [
      "the service's secrets",
      done(ownEnvironment) && 'it reads its own environment',
      closed,
      [serviceEnvironment, serviceMemory],
    ],
    ["the service's life", done(ownSignal) && 'it signals itself', !done(serviceSignal), serviceSignal],
  ];
}

function placeRows(facts: PodFacts, expected: PodExpectations): readonly Row[] {
  const { accountToken, systemWrite, largeFile, opened, metadata } = facts;
  const wrote = done(facts.ownFile) && 'the workspace is writable';
  const answers = facts.ownListener === 'connected' && 'loopback answers';
  return [
    ["the pod's account", wrote, !done(accountToken), accountToken],
    ['system files', wrote, !done(systemWrite), systemWrite],
    ['file size', wrote, !done(largeFile), largeFile],
    ['open files', opened > 0 && `${String(opened)} opened`, opened < expected.openFiles, opened],
    ["the cloud's metadata", answers, metadata !== 'connected', metadata],
  ];
}

/** The user it should have, which is neither root nor the service, in no group of theirs. */
function isStranger(ids: readonly number[], { uid, serviceUid }: PodExpectations): boolean {
  return ids[0] === uid && uid !== serviceUid && ids.every((id) => id !== 0);
}

function done(attempt: Attempt): boolean {
  return 'done' in attempt;
}

import type { ProbeResult } from '../sandbox.ts';
import type { SandboxUser } from './sandbox-user.ts';

export type Attempt = { readonly done: unknown } | { readonly errno: string };

/** What the canary printed; each field is described by where it is made, in `inside/canary.ts`. */
export interface CanaryFacts {
  readonly nonce: string;
  readonly ids: readonly number[];
  readonly status: Readonly<Record<string, string>>;
  readonly environment: readonly string[];
  readonly firstEnvironment: Attempt;
  readonly hostFile: Attempt;
  readonly hostRoot: readonly string[];
  readonly ownFile: Attempt;
  readonly gitWrite: Attempt;
  readonly systemWrite: Attempt;
  readonly rootWrite: Attempt;
  readonly sysctlRead: Attempt;
  readonly sysctlWrites: readonly Attempt[];
  readonly inherited: readonly string[];
  readonly standardStreams: boolean;
  readonly processIds: readonly number[];
  readonly ownPid: number;
  readonly spawnWorks: number | null;
  readonly userNamespace: number | null;
  readonly unshareExists: Attempt;
  readonly interfaces: readonly string[];
  readonly hostListener: string;
  readonly ownListener: string;
  readonly tmpBytes: number;
  readonly smallFile: Attempt;
  readonly largeFile: Attempt;
  readonly opened: number;
  readonly cpuSec: string;
  readonly started: number;
}

export interface ProbeExpectations {
  readonly nonce: string;
  readonly user: SandboxUser;
  readonly environment: readonly string[];
  readonly tmpBytes: number;
  readonly processes: number;
  readonly openFiles: number;
  readonly cpuSec: number;
  /** Filters of system calls that the service is under; inside there must be one more. */
  readonly outerFilters: number;
  /** The host itself reached the listener and read the file, so a refusal inside means something. */
  readonly hostReached: boolean;
}

interface Finding {
  /** What shows that the probe ran; empty when nothing does. */
  readonly marker: string | undefined;
  readonly held: boolean;
  readonly seen: unknown;
}

/** One verdict for each probe: it holds only if its marker was seen and what must be prevented was prevented. */
export function probeVerdicts(facts: CanaryFacts, expected: ProbeExpectations): readonly ProbeResult[] {
  const findings: Readonly<Record<string, Finding>> = {
    ...identityFindings(facts, expected),
    ...fileFindings(facts, expected),
    ...kernelFindings(facts, expected),
    ...networkFindings(facts, expected),
    ...limitFindings(facts, expected),
  };
  return Object.entries(findings).map(([name, { marker, held, seen }]) => ({
    name,
    marker,
    ok: marker !== undefined && held,
    detail: JSON.stringify(seen),
  }));
}

function identityFindings(
  facts: CanaryFacts,
  { user, environment, nonce }: ProbeExpectations,
): Record<string, Finding> {
  const answered = facts.nonce === nonce ? `nonce ${nonce}` : undefined;
  const caps = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(
    (name) => facts.status[name] ?? 'missing',
  );
  const first = 'done' in facts.firstEnvironment ? String(facts.firstEnvironment.done) : '?';
  const firstNames = first
    .split('\0')
    .filter(Boolean)
    .map((pair) => pair.split('=')[0] ?? '');
  return {
    uid: { marker: answered, held: facts.ids[0] === user.uid && facts.ids[0] !== 0, seen: facts.ids },
    capabilities: {
      marker: facts.status['CapEff'] ? `CapEff ${facts.status['CapEff']}` : undefined,
      held: caps.every((mask) => /^0+$/.test(mask)) && facts.status['NoNewPrivs'] === '1',
      seen: facts.status,
    },
    environment: {
      marker: facts.environment.includes('PATH') ? 'PATH is set' : undefined,
      held: [...facts.environment, ...firstNames].every((name) => environment.includes(name)),
      seen: [facts.environment, firstNames],
    },
  };
}

function fileFindings(
  facts: CanaryFacts,
  { nonce, hostReached }: ProbeExpectations,
): Record<string, Finding> {
  const wrote = 'done' in facts.ownFile && facts.ownFile.done === nonce ? 'workspace is writable' : undefined;
  const allowed = /^(bin|dev|etc|lib(32|64|x32)?|opt|proc|run|sbin|tmp|usr|workspace)$/;
  return {
    'host files': {
      marker: wrote && hostReached ? `${wrote}, the host reads its own file` : undefined,
      held: isErrno(facts.hostFile) && facts.hostRoot.every((name) => allowed.test(name)),
      seen: [facts.hostFile, facts.hostRoot],
    },
    'read-only files': {
      marker: wrote,
      held: [facts.gitWrite, facts.systemWrite, facts.rootWrite].every(isErrno),
      seen: [facts.gitWrite, facts.systemWrite, facts.rootWrite],
    },
  };
}

function kernelFindings(facts: CanaryFacts, { outerFilters }: ProbeExpectations): Record<string, Finding> {
  const spawned =
    facts.spawnWorks === 0 && 'done' in facts.unshareExists ? 'programs start inside' : undefined;
  const { Seccomp: mode = '', Seccomp_filters: counted = '' } = facts.status;
  const filters = Number(counted || mode === '2');
  return {
    sysctl: {
      marker: 'done' in facts.sysctlRead ? 'settings are readable' : undefined,
      held: facts.sysctlWrites.every(isErrno),
      seen: facts.sysctlWrites,
    },
    descriptors: {
      marker: facts.standardStreams ? 'descriptors 0 to 2 are open' : undefined,
      held: facts.inherited.length === 0,
      seen: facts.inherited,
    },
    'process visibility': {
      marker: facts.processIds.includes(facts.ownPid) ? 'it sees itself' : undefined,
      held: facts.processIds.every((id) => id === 1 || id === facts.ownPid),
      seen: facts.processIds,
    },
    'system calls': {
      marker: mode === '' ? undefined : `${String(filters)} filters inside, ${String(outerFilters)} outside`,
      held: mode === '2' && filters > outerFilters,
      seen: [mode, counted],
    },
    'user namespaces': { marker: spawned, held: facts.userNamespace !== 0, seen: facts.userNamespace },
  };
}

function networkFindings(facts: CanaryFacts, { hostReached }: ProbeExpectations): Record<string, Finding> {
  const connects = facts.ownListener === 'connected' && hostReached;
  return {
    network: {
      marker: connects ? 'loopback inside answers, the host reaches its listener' : undefined,
      held: facts.hostListener === 'ECONNREFUSED' && facts.interfaces.every((name) => name === 'lo'),
      seen: [facts.hostListener, facts.interfaces],
    },
  };
}

function limitFindings(
  facts: CanaryFacts,
  { tmpBytes, processes, openFiles, cpuSec }: ProbeExpectations,
): Record<string, Finding> {
  return {
    'file size': {
      marker: 'done' in facts.smallFile ? 'a small file is written' : undefined,
      held: isErrno(facts.largeFile),
      seen: facts.largeFile,
    },
    'size of /tmp': {
      marker: facts.tmpBytes > 0 ? `${String(facts.tmpBytes)} bytes` : undefined,
      held: facts.tmpBytes <= tmpBytes,
      seen: facts.tmpBytes,
    },
    'open files': {
      marker: facts.opened > 0 ? `${String(facts.opened)} opened` : undefined,
      held: facts.opened < openFiles,
      seen: facts.opened,
    },
    'processor time': {
      marker: facts.cpuSec === '' ? undefined : 'the limit is readable',
      held: facts.cpuSec === String(cpuSec),
      seen: facts.cpuSec,
    },
    processes: {
      marker: facts.started > 0 ? `${String(facts.started)} started` : undefined,
      held: facts.started < processes,
      seen: facts.started,
    },
  };
}

function isErrno(attempt: Attempt): boolean {
  return 'errno' in attempt;
}

import { probeVerdicts, type CanaryFacts, type ProbeExpectations } from './probe-verdicts.ts';

const held = { errno: 'EROFS' };
const expected: ProbeExpectations = {
  nonce: 'n',
  user: { uid: 64100, gid: 64100, switched: true },
  environment: ['PATH', 'PWD'],
  tmpBytes: 1_000,
  processes: 60,
  openFiles: 128,
  cpuSec: 600,
  outerFilters: 0,
  hostReached: true,
};
const facts: CanaryFacts = {
  nonce: 'n',
  ids: [64100, 64100],
  status: {
    CapInh: '00',
    CapPrm: '00',
    CapEff: '00',
    CapBnd: '00',
    CapAmb: '00',
    NoNewPrivs: '1',
    Seccomp: '2',
    Seccomp_filters: '1',
  },
  environment: ['PATH'],
  firstEnvironment: { done: '' },
  hostFile: { errno: 'ENOENT' },
  hostRoot: ['bin', 'lib64', 'tmp', 'workspace'],
  ownFile: { done: 'n' },
  gitWrite: held,
  systemWrite: held,
  rootWrite: held,
  sysctlRead: { done: true },
  sysctlWrites: [held, held],
  inherited: [],
  standardStreams: true,
  processIds: [1, 2],
  ownPid: 2,
  spawnWorks: 0,
  userNamespace: 1,
  unshareExists: { done: true },
  interfaces: ['lo'],
  hostListener: 'ECONNREFUSED',
  ownListener: 'connected',
  tmpBytes: 1_000,
  smallFile: { done: true },
  largeFile: { errno: 'EFBIG' },
  opened: 100,
  cpuSec: '600',
  started: 48,
};

const failed = (change: Partial<CanaryFacts>, other: Partial<ProbeExpectations> = {}): readonly string[] =>
  probeVerdicts({ ...facts, ...change }, { ...expected, ...other })
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);

describe('the verdict of the probes', () => {
  it('holds when everything was prevented that must be', () => expect(failed({})).toEqual([]));

  it.each<[string, Partial<CanaryFacts>]>([
    ['uid', { ids: [0, 0] }],
    ['uid', { ids: [1000, 1000] }],
    ['capabilities', { status: { ...facts.status, CapBnd: '01' } }],
    ['capabilities', { status: { ...facts.status, NoNewPrivs: '0' } }],
    ['system calls', { status: { ...facts.status, Seccomp: '0', Seccomp_filters: '0' } }],
    ['open files', { opened: 148 }],
    ['processor time', { cpuSec: 'unlimited' }],
    ['environment', { environment: ['PATH', 'ANTHROPIC_API_KEY'] }],
    ['environment', { firstEnvironment: { done: 'ANTHROPIC_API_KEY=x\0' } }],
    ['environment', { firstEnvironment: { errno: 'EACCES' } }],
    ['host files', { hostFile: { done: 'n' } }],
    ['host files', { hostRoot: ['root', 'usr'] }],
    ['read-only files', { gitWrite: { done: true } }],
    ['read-only files', { rootWrite: { done: true } }],
    ['sysctl', { sysctlWrites: [held, { done: true }] }],
    ['descriptors', { inherited: ['251'] }],
    ['process visibility', { processIds: [1, 2, 77] }],
    ['user namespaces', { userNamespace: 0 }],
    ['network', { hostListener: 'connected' }],
    ['network', { interfaces: ['lo', 'eth0'] }],
    ['file size', { largeFile: { done: true } }],
    ['size of /tmp', { tmpBytes: 10_000 }],
    ['processes', { started: 80 }],
  ])('fails %s alone when it saw %j', (name, change) => expect(failed(change)).toEqual([name]));

  it.each<[string, Partial<CanaryFacts>]>([
    ['capabilities', { status: { Seccomp: '2', Seccomp_filters: '1' } }],
    ['system calls', { status: { ...facts.status, Seccomp: '' } }],
    ['open files', { opened: 0 }],
    ['processor time', { cpuSec: '' }],
    ['sysctl', { sysctlRead: { errno: 'ENOENT' } }],
    ['user namespaces', { spawnWorks: null }],
    ['network', { ownListener: 'EACCES' }],
    ['file size', { smallFile: held }],
    ['size of /tmp', { tmpBytes: 0 }],
    ['processes', { started: 0 }],
    ['descriptors', { standardStreams: false }],
  ])('fails %s without the marker that it ran: %j', (name, change) => expect(failed(change)).toEqual([name]));

  it('fails all that a workspace which cannot be written, or an unreachable host, leaves without a marker', () => {
    expect(failed({ ownFile: held })).toEqual(['host files', 'read-only files']);
    expect(failed({}, { hostReached: false })).toEqual(['host files', 'network']);
    expect(failed({ nonce: 'old' })).toContain('uid');
  });
});

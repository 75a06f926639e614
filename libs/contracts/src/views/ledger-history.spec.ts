import { emptyLedger, evolve, leasing, type LeasingCommand, type Ledger } from '@missions/leasing';
import { ledgerConcerns } from './ledger-concern.ts';
import { ledgerFact, type LedgerEvent } from './ledger-fact.ts';
import {
  ledgerEntry,
  ledgerEntrySchema,
  ledgerFilter,
  scopeOfName,
  type LedgerFilter,
} from './ledger-history.ts';

const at = '2026-03-01T10:00:00.000Z';
const eva = { kind: 'person', id: 'eva' } as const;

/** What a ledger decided when all of this was said to it, as it is stored. */
function decided(...said: readonly LeasingCommand[]): readonly LedgerEvent[] {
  let ledger: Ledger = emptyLedger;
  return said
    .flatMap((command) => {
      const events = leasing.decide(command, ledger, { at, lockDelayMs: 10_000, cycleTalkMs: 60_000 });
      ledger = events.reduce(evolve, ledger);
      return events;
    })
    .map((event, index) => ({ ...event, version: index + 1, occurredAt: at }));
}

function claims(missionId: string, ...names: readonly string[]): LeasingCommand {
  const resources = names.map((resource) => ({ resource, mode: 'X' as const }));
  const data = { claimId: `${missionId}/lock`, owner: { missionId }, resources, ttlMs: 60_000 };
  return { type: 'RequestClaim', data };
}

const port = 'port:/local/8080';
const lock = (missionId: string): { readonly claimId: string } => ({ claimId: `${missionId}/lock` });
const n1 = { negotiationId: 'm-b/lock/n1' };
const opens: LeasingCommand = {
  type: 'OpenNegotiation',
  data: { ...n1, ...lock('m-b'), withinMs: 60_000, reason: 'Only\nonce.' },
};
const proposes: LeasingCommand = {
  type: 'MakeProposal',
  data: {
    ...n1,
    proposalId: 'p1',
    holder: { ...lock('m-a'), token: 2 },
    offer: { kind: 'release_at', inMs: 0 },
  },
};
const accepts: LeasingCommand = {
  type: 'AcceptProposal',
  data: { ...n1, proposalId: 'p1', by: lock('m-b') },
};
const extendsGrant: LeasingCommand = {
  type: 'ExtendLease',
  data: { ...lock('m-a'), token: 2, forMs: 60_000, by: eva, reason: 'Nearly \u001b[2Jdone' },
};
const moves: LeasingCommand = {
  type: 'MoveWaiter',
  data: { ...lock('m-c'), before: 'm-b/lock', by: eva, reason: 'It is late' },
};
const revokes: LeasingCommand = {
  type: 'RevokeClaim',
  data: { ...lock('m-a'), token: 2, confirm: true, by: eva, reason: 'It hangs' },
};

function lines(events: readonly LedgerEvent[], filter: LedgerFilter = {}): readonly string[] {
  return ledgerConcerns(events.map(ledgerFact))
    .filter(ledgerFilter(filter))
    .map((concern) => ledgerEntrySchema.parse(ledgerEntry(concern)).line);
}

describe('what was decided about what missions share', () => {
  const all = decided(
    ...[claims('m-a', port), claims('m-b', port), claims('m-c', port), opens, proposes, accepts],
    ...[extendsGrant, moves, revokes],
  );

  it('is one line each, with who, to whom and why', () => {
    expect(lines(all)).toEqual([
      `m-a (m-a/lock) asks for ${port}`,
      `m-a (m-a/lock) holds ${port}`,
      `m-b (m-b/lock) asks for ${port}`,
      `m-c (m-c/lock) asks for ${port}`,
      `m-b (m-b/lock) asks m-a (m-a/lock) to give way for ${port} in m-b/lock/n1: Only once.`,
      `m-a (m-a/lock) proposes in m-b/lock/n1 to give it back by ${at}`,
      `agreed in m-b/lock/n1 with m-a (m-a/lock): to give it back by ${at}`,
      'm-b (m-b/lock) has an agreement with m-a (m-a/lock) in m-b/lock/n1',
      `eva leaves ${port} to m-a (m-a/lock) until 2026-03-01T10:01:00.000Z at least: Nearly [2Jdone`,
      'eva moved m-c (m-c/lock) right before m-b (m-b/lock): It is late',
      `⚠ eva took ${port} from m-a (m-a/lock), closed until 2026-03-01T10:00:10.000Z: It hangs`,
    ]);
  });

  it('says in fields what a program looks for', () => {
    const [revoked] = ledgerConcerns(all.map(ledgerFact)).toReversed();
    expect(revoked && ledgerEntry(revoked)).toMatchObject({
      ...{ version: 11, at, type: 'LockRevoked', ...lock('m-a'), owner: { missionId: 'm-a' } },
      ...{ resources: [{ resource: port, mode: 'X' }], by: eva, reason: 'It hangs' },
    });
  });

  it('is about a mission where it only names a claim or a talk of it', () => {
    expect(lines(all, { mission: 'm-c' }).map((line) => line.slice(0, 9))).toEqual([
      'm-c (m-c/',
      'eva moved',
    ]);
    expect(lines(all, { mission: 'm-b' })).toHaveLength(6);
    expect(lines(all, { claim: 'm-a/lock' })).toHaveLength(8);
    expect(lines(all, { mission: 'm-c', claim: 'm-a/lock' })).toEqual([]);
  });

  it('is about a resource also where a claim of it is given less, or given another place', () => {
    const narrows: LeasingCommand = {
      type: 'NarrowClaim',
      data: { ...lock('m-a'), token: 2, resources: [{ resource: 'path:/r/main/src/api', mode: 'X' }] },
    };
    const narrowed = decided(claims('m-a', 'path:/r/main/src'), narrows);
    const last = 'm-a (m-a/lock) keeps only path:/r/main/src/api';
    expect(lines(narrowed, { resource: 'path:/r/main/src/web' }).at(-1)).toBe(last);
    expect(lines(narrowed, { resource: 'path:/r/main/docs' })).toEqual([]);
    expect(lines(all, { resource: port })).toHaveLength(all.length);
    expect(lines(all, { resource: 'port:/local/9090' })).toEqual([]);
  });

  it('is about an environment by the name that plans have for it, and by the one it is claimed under', () => {
    const claimed = decided(claims('m-a', 'env:/local/staging'));
    for (const resource of ['env:/staging', 'env:/local/staging'])
      expect(lines(claimed, { resource })).toHaveLength(claimed.length);
    expect(lines(claimed, { resource: 'env:/production' })).toEqual([]);
  });

  it('knows that older events may say more of what an event only names', () => {
    const known = ledgerConcerns(all.slice(9).map(ledgerFact)).map(({ isKnown }) => isKnown);
    expect(known).toEqual([false, true]);
    expect(lines(all.slice(9))[0]).toBe('eva moved m-c/lock right before m-b/lock: It is late');
  });

  it('names who waits in a circle, for each of them', () => {
    const cycle = [{ missionId: 'm-a' }, { missionId: 'm-b' }];
    const { data } = claims('m-a', port) as Extract<LeasingCommand, { type: 'RequestClaim' }>;
    const denied = [
      { type: 'LockDenied', version: 1, occurredAt: at, data: { ...data, cycle, deniedAt: at } },
    ];
    const line = `⚠ m-a (m-a/lock) is denied ${port}, for a circle of waiting: m-a → m-b → m-a`;
    expect(lines(denied, { mission: 'm-b' })).toEqual([line]);
  });

  it('names the first of many, so that a reason stays in sight', () => {
    const many = Array.from({ length: 40 }, (_, index) => `port:/local/${String(8000 + index)}`);
    const reason = { ...revokes, data: { ...revokes.data, reason: 'It hangs' } } as LeasingCommand;
    expect(lines(decided(claims('m-a', ...many), reason)).at(-1)).toMatch(/ and 35 more .*: It hangs$/u);
  });

  it('names little of what has long names, with whose it was and the whole reason', () => {
    const path = (file: string) => `path:/product-0123456789ab/main/${'directory/'.repeat(8)}${file}.ts`;
    const reason = `It hangs, ${'and '.repeat(200)}hangs`;
    const revoked = { ...revokes, data: { ...revokes.data, reason } } as LeasingCommand;
    const line = lines(decided(claims('m-a', path('one'), path('two')), revoked)).at(-1) ?? '';
    expect(line).toContain(`${path('one')} and 1 more from m-a (m-a/lock): It hangs`);
    expect(line.endsWith(`: ${reason}`)).toBe(true);
  });
});

describe('what only another release knows', () => {
  const [, granted] = decided(claims('m-a', port));
  const data = granted?.data as object;
  const stored = { version: 2, occurredAt: at };

  it('is the name of a type that is not known, found by the claim it names as all others do', () => {
    const lent = { ...stored, type: 'LockLent\n\u001b[2J', data: { ...data, to: ['m-z'] } };
    expect(lines([lent], { mission: 'm-a', claim: 'm-a/lock', resource: port })).toEqual(['LockLent [2J']);
    expect(lines([lent], { mission: 'm-z' })).toEqual([]);
    expect(lines([{ ...lent, data: 'nothing that can be read' }])).toEqual(['LockLent [2J']);
  });

  it('hides nothing of an event that says more than is known, and is no fault in one that says it otherwise', () => {
    const event = { ...stored, type: 'LockGranted' };
    expect(lines([{ ...event, data: { ...data, mood: 'good' } }])).toEqual([`m-a (m-a/lock) holds ${port}`]);
    expect(lines([{ ...event, data: { ...data, grantedAt: 7 } }], { mission: 'm-a' })).toEqual([
      'LockGranted',
    ]);
    const resources = [{ resource: 'planet:/mars', mode: 'X' }];
    expect(lines([{ ...event, data: { ...data, resources } }], { resource: port })).toEqual([]);
  });

  it('was a bare name for what is had alone', () => {
    const event = { ...stored, type: 'LockGranted', data: { ...data, resources: [port] } };
    expect(lines([event], { resource: port })).toEqual([`m-a (m-a/lock) holds ${port}`]);
  });
});

describe('the ledger of a resource', () => {
  it.each([
    ['port:/local/8080', 'local'],
    ['port:/build.example/80', 'build_example'],
    ['env:/staging', 'local'],
    ['port:/', ''],
  ])('of %s is "%s"', (name, scope) => {
    expect(scopeOfName(name)).toBe(scope);
  });
});

import fc from 'fast-check';
import { afterRelease, changedByOthers, type LastChange } from './changes.ts';
import { leasing, type LeasingContext } from './decide.ts';
import type { LeasingCommand } from './leasing.commands.ts';
import { leasingEventSchema, type LeasingEvent } from './leasing.events.ts';
import { emptyLedger, evolve, type Ledger } from './ledger.ts';
import { ledgerView, ledgerViewSchema } from './ledger-view.ts';
import { overlaps } from './overlap.ts';
import { parseResource } from './resource.ts';
import { alone } from './testing/wants.ts';

const context: LeasingContext = { at: '2026-01-01T00:00:00.000Z', lockDelayMs: 1000, cycleTalkMs: 0 };
const sha = (n: number): string => n.toString(16).padStart(40, '0');

function after(ledger: Ledger, command: LeasingCommand): { ledger: Ledger; events: readonly LeasingEvent[] } {
  const events = leasing.decide(command, ledger, context);
  return { ledger: events.reduce(evolve, ledger), events };
}

let claims = 0;

/** One mission holds resources, accepts its work as a commit, and gives them back. */
function works(ledger: Ledger, missionId: string, resources: readonly string[], commit?: number) {
  claims += 1;
  const claimId = `c${String(claims)}`;
  const claim = { claimId, owner: { missionId }, resources: [...alone(...resources)], ttlMs: 1000 };
  const granted = after(ledger, { type: 'RequestClaim', data: claim });
  const token = granted.ledger.held.get(claimId)?.token ?? 0;
  const change = commit === undefined ? {} : { change: { sha: sha(commit) } };
  const released = after(granted.ledger, { type: 'ReleaseClaim', data: { claimId, token, ...change } });
  const grant = granted.events.find((event) => event.type === 'LockGranted');
  return { ledger: released.ledger, changedBy: grant?.data.changedBy ?? [], events: released.events };
}

describe('what a mission changed', () => {
  const src = works(emptyLedger, 'a', ['path:/r/main/src'], 1).ledger;

  it('is told to whoever is granted it, a part of it or more of it next', () => {
    for (const resource of ['path:/r/main/src', 'path:/r/main/src/api', 'branch:/r/main', 'repo:/r'])
      expect(works(src, 'b', [resource]).changedBy).toEqual([{ missionId: 'a', sha: sha(1) }]);
  });

  it('is told to nobody who is granted something else, and not to itself', () => {
    expect(works(src, 'b', ['path:/r/main/docs']).changedBy).toEqual([]);
    expect(works(src, 'a', ['path:/r/main/src']).changedBy).toEqual([]);
  });

  it('leaves a ledger that everybody can read while it is held', () => {
    const claim = { claimId: 'held', owner: { missionId: 'b' }, ttlMs: 1000 };
    const resources = [...alone('path:/r/main/src')];
    const { ledger } = after(src, { type: 'RequestClaim', data: { ...claim, resources } });
    expect(ledger.held.size).toBe(1);
    expect(ledgerViewSchema.safeParse(ledgerView('r', ledger, context.at)).error).toBeUndefined();
  });

  it('is nothing where nothing was accepted', () => {
    const { ledger, events } = works(emptyLedger, 'a', ['path:/r/main/src']);
    expect(ledger.changes).toEqual([]);
    expect(events[0]?.data).not.toHaveProperty('change');
  });

  it('is what it still held at the end', () => {
    const claim = {
      claimId: 'n',
      owner: { missionId: 'a' },
      resources: [...alone('path:/r/main/src')],
      ttlMs: 1000,
    };
    const { ledger } = after(emptyLedger, { type: 'RequestClaim', data: claim });
    const token = ledger.held.get('n')?.token ?? 0;
    const resources = [...alone('path:/r/main/src/api')];
    const narrowed = after(ledger, { type: 'NarrowClaim', data: { claimId: 'n', token, resources } }).ledger;
    const release = { claimId: 'n', token, change: { sha: sha(1) } };
    const released = after(narrowed, { type: 'ReleaseClaim', data: release }).ledger;
    expect(works(released, 'b', ['path:/r/main/src/cli']).changedBy).toEqual([]);
    expect(works(released, 'b', ['path:/r/main/src/api']).changedBy).toHaveLength(1);
  });

  it('is nothing of what it only read, nor of what is no repository', () => {
    const wants = [{ resource: 'path:/r/main/docs', mode: 'S' as const }, ...alone('path:/r/main/src')];
    const kept = afterRelease([], { missionId: 'a', sha: sha(1), resources: wants });
    expect(kept.map(({ resource }) => resource)).toEqual(['path:/r/main/src']);
    expect(afterRelease([], { missionId: 'a', sha: sha(1), resources: alone('port:/r/80') })).toEqual([]);
  });

  it('is its newest commit, after those of missions that changed it before', () => {
    const again = works(src, 'b', ['path:/r/main/src/api'], 2).ledger;
    const newest = works(again, 'a', ['path:/r/main/src/cli'], 3).ledger;
    expect(works(newest, 'c', ['path:/r/main/src']).changedBy).toEqual([
      { missionId: 'b', sha: sha(2) },
      { missionId: 'a', sha: sha(3) },
    ]);
  });

  it('is forgotten once two others have changed all of it', () => {
    const second = works(src, 'b', ['path:/r/main/src'], 2).ledger;
    expect(works(second, 'b', ['path:/r/main/src']).changedBy).toEqual([{ missionId: 'a', sha: sha(1) }]);
    const third = works(second, 'c', ['path:/r/main'], 3).ledger;
    expect(third.changes.map(({ missionId }) => missionId)).toEqual(['b', 'c']);
  });

  it('is read from logs that never spoke of it', () => {
    const old = {
      type: 'LockReleased',
      data: { claimId: 'c', owner: { missionId: 'a' }, ttlMs: 1000, token: 2 },
    };
    const data = { ...old.data, resources: ['path:/r/main/src'], releasedAt: context.at };
    expect(evolve(emptyLedger, leasingEventSchema.parse({ ...old, data })).changes).toEqual([]);
  });
});

describe('changes of any history', () => {
  const resource = fc.constantFrom(
    'path:/r/m',
    'path:/r/m/a',
    'path:/r/m/a/x',
    'path:/r/m/a/y',
    'path:/r/m/b',
    'repo:/r',
  );
  const step = fc.record({
    missionId: fc.constantFrom('a', 'b', 'c', 'd'),
    resource,
    isAccepted: fc.boolean(),
    isRolledBack: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  });

  const contents = new Map<string, ReadonlySet<number>>();

  /** What a commit's history holds: a mission starts from its own last commit and those it is told of. */
  it('leave nobody without work that was done on what is granted', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let ledger = emptyLedger;
        const heads = new Map<string, ReadonlySet<number>>();
        let done: { readonly n: number; readonly by: string; readonly resource: string }[] = [];
        for (const [n, { missionId, resource: name, isAccepted, isRolledBack }] of steps.entries()) {
          const { ledger: next, changedBy } = works(ledger, missionId, [name], isAccepted ? n : undefined);
          ledger = next;
          // What it takes back is work of nobody any more; what others made of it stays.
          if (isRolledBack) {
            heads.delete(missionId);
            done = done.filter(({ by }) => by !== missionId);
          }
          const seen = new Set(heads.get(missionId));
          for (const { sha: commit } of changedBy)
            for (const one of contents.get(commit) ?? []) seen.add(one);
          const wanted = parseResource(name);
          const missed = done.filter(
            (one) =>
              one.by !== missionId && !seen.has(one.n) && overlaps(wanted, parseResource(one.resource)),
          );
          expect(missed).toEqual([]);
          expect(changedBy.map((one) => one.missionId)).not.toContain(missionId);
          expect(new Set(changedBy.map((one) => one.missionId)).size).toBe(changedBy.length);
          if (!isAccepted) continue;
          seen.add(n);
          heads.set(missionId, seen);
          contents.set(sha(n), seen);
          done.push({ n, by: missionId, resource: name });
        }
        contents.clear();
      }),
      { numRuns: 300 },
    );
  });
  it('are bounded', () => {
    let known: readonly LastChange[] = [];
    for (let n = 0; n < 300; n += 1)
      known = afterRelease(known, {
        missionId: `m${String(n)}`,
        sha: sha(n),
        resources: alone(`path:/r/m/${String(n)}`),
      });
    expect(known).toHaveLength(256);
    const claim = { owner: { missionId: 'x' }, resources: alone('repo:/r') };
    expect(changedByOthers(known, claim).at(-1)).toEqual({ missionId: 'm299', sha: sha(299) });
  });
});

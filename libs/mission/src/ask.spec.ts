import { deciderSpec } from '@missions/testing/given-when-then';
import { askClaim, askedResource, mostAsks } from './ask.ts';
import { fact } from './events/index.ts';
import { handle } from './handle.ts';
import { grantedResources } from './claimed-resources.ts';
import { branchResource } from './resource-names.ts';
import { wantedState } from './queries.ts';
import { approved, missionDecider, typesOf, type History } from './testing/history.ts';
import {
  ana,
  at,
  baseSha,
  by,
  command,
  decideService,
  proposal,
  proposalInput,
  sha,
  smallProposal,
  workerAgent,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const agent = by(workerAgent);
const service = by(decideService);

const shared = approved({ integration: 'shared' }, smallProposal({ touches: ['src/a.ts'] })).claimed();
const { repository } = shared.mission;
const branch = repository ? branchResource(repository) : '';
const claimId = askClaim(shared.run.id, '2-0a');
const resource = `${branch}/src/b.ts`;
const inLedger = { ledger: 'resources-r', version: 9 };

const held = ({ run }: History) => ({ runId: run.id, token: run.token });
const asks = (history: History, over: object = {}) =>
  command('AskForResource', {
    ...held(history),
    claimId,
    resource,
    mode: 'X',
    reason: 'The list is read there.',
    ...over,
  });

const asked = shared.after(asks(shared));
const granted = asked.after(command('RecordLockGrant', { claimId, ...inLedger }));
const offer = { claimId, negotiationId: `${claimId}/talk-1`, proposalId: 'p-1', offer: 'm-2 lets it.' };
const offered = asked.after(command('RecordLockOffer', { ...offer, expires: '2026-03-01T10:02:00.000Z' }));

describe('what a run’s agent asks for beside what its feature touches', () => {
  it('is claimed by itself, once, while the run works on', () => {
    on(shared)
      .when(asks(shared), agent)
      .then(
        fact('LockRequested', {
          claimId,
          runId: shared.run.id,
          resources: [resource],
          ask: { mode: 'X', reason: 'The list is read there.' },
        }),
      );
    on(asked).when(asks(asked), agent).thenNothing();
    on(asked)
      .when(asks(asked, { claimId: askClaim(asked.run.id, '3-0b') }), agent)
      .thenNothing();
    expect(wantedState(asked.mission)).toBe('go');
    expect(asked.run).toMatchObject({ status: 'running', lock: { granted: true } });
  });

  it('may be changed once it is granted, and is given back with the run', () => {
    expect(grantedResources(asked.run)).toEqual([`${branch}/src/a.ts`]);
    expect(grantedResources(granted.run)).toEqual([`${branch}/src/a.ts`, resource]);
    const done = granted.built();
    expect(
      typesOf(done.facts.slice(granted.facts.length)).filter((type) => type === 'LockReleased'),
    ).toHaveLength(2);
  });

  it('is given back at once when somebody changed it since the run began', () => {
    const changedBy = [{ missionId: 'm-other', sha: baseSha }];
    const late = asked.after(command('RecordLockGrant', { claimId, ...inLedger, changedBy }));
    expect(typesOf(late.facts).slice(-2)).toEqual(['LockAskRefused', 'LockReleased']);
    expect(grantedResources(late.run)).toEqual([`${branch}/src/a.ts`]);
  });

  it('is given back for more of it: a stronger mode, or the directory it lies in', () => {
    const first = shared.after(asks(shared, { mode: 'U' }), agent);
    const second = askClaim(shared.run.id, '3-0b');
    for (const [over, before] of [
      [{ mode: 'X' }, first],
      [{ mode: 'X' }, first.after(command('RecordLockGrant', { claimId, ...inLedger }))],
      [{ mode: 'U', resource: `${branch}/src` }, first],
    ] as const) {
      const after = before.after(asks(before, { claimId: second, ...over }), agent);
      expect(after.facts.slice(before.facts.length)).toMatchObject([
        fact('LockReleased', { claimId, runId: shared.run.id }),
        { type: 'LockRequested', data: { claimId: second } },
      ]);
      expect(after.run.asks?.map((one) => one.claimId)).toEqual([second]);
    }
  });

  it('is nothing new where the run has as much already, of its own claim or asked for before', () => {
    const again = { claimId: askClaim(shared.run.id, '3-0b') };
    on(shared)
      .when(asks(shared, { resource: `${branch}/src/a.ts`, mode: 'U' }), agent)
      .thenNothing();
    on(granted)
      .when(asks(granted, { ...again, mode: 'S' }), agent)
      .thenNothing();
    on(asked)
      .when(asks(asked, { ...again, resource: `${resource}/deeper` }), agent)
      .thenNothing();
    const beside = asks(asked, { ...again, resource: `${resource}-other` });
    expect(typesOf(asked.after(beside, agent).facts).at(-1)).toBe('LockRequested');
  });

  it('may be had where what others changed was merged into this mission before, and is not rolled back', () => {
    const other = { missionId: 'm-other', sha: sha(77) };
    const input = proposalInput();
    const features = input.plan.features.map((one) => ({ ...one, touches: [`src/${one.id}.ts`] }));
    const plan = proposal({ plan: { ...input.plan, features } });
    const start = approved({ integration: 'shared' }, plan).claimed();
    const integrated = { sha: sha(78), changes: [other] };
    const next = start.built({ captured: { integrated } }).claimed();
    const ask = askClaim(next.run.id, '1-0a');
    const wants = next.after(asks(next, { claimId: ask }), agent);
    const grant = { claimId: ask, ...inLedger, changedBy: [other] };
    const had = wants.after(command('RecordLockGrant', grant));
    expect(typesOf(had.facts).at(-1)).toBe('LockGranted');
    // As after a roll-back: the head is where the mission began.
    const { head: _head, ...rest } = wants.mission;
    const { events } = handle(
      command('RecordLockGrant', grant),
      { ...rest, head: { sha: baseSha, token: 1 } },
      service,
    );
    expect(typesOf(events)).toEqual(['LockAskRefused', 'LockReleased']);
  });

  it('is given back by a pause, and known to have been until it is asked for again', () => {
    const paused = granted.after(command('PauseMission', {})).after(command('SuspendRun', held(granted)));
    expect(grantedResources(paused.run)).toEqual([]);
    expect(paused.run.asks).toMatchObject([{ claimId, granted: false, refused: { code: 'GIVEN_BACK' } }]);
    const resumed = paused.after(command('ResumeMission', {})).claimed();
    expect(grantedResources(resumed.run)).toEqual([`${branch}/src/a.ts`]);
    expect(resumed.run.asks).toHaveLength(1);
    const again = resumed.after(asks(resumed, { claimId: askClaim(resumed.run.id, '9-0c') }), agent);
    expect(typesOf(again.facts.slice(resumed.facts.length))).toEqual(['LockRequested']);
    expect(again.built().facts.filter(({ type }) => type === 'LockReleased')).toHaveLength(4);
  });

  it('is exchanged without stopping the run, and known to have been until it is asked for again', () => {
    const detail = 'It was given to m-other for what this run asked for, as was agreed.';
    const exchanged = granted.after(command('RecordAskExchanged', { claimId, detail }));
    expect(typesOf(exchanged.facts.slice(granted.facts.length))).toEqual(['LockAskRefused', 'LockReleased']);
    expect(exchanged.run.asks).toMatchObject([{ claimId, granted: false, refused: { code: 'EXCHANGED' } }]);
    expect(grantedResources(exchanged.run)).toEqual([`${branch}/src/a.ts`]);
    expect(exchanged.run).toMatchObject({ status: 'running', lock: { granted: true } });
    on(exchanged).when(command('RecordAskExchanged', { claimId, detail }), service).thenNothing();
    const again = exchanged.after(asks(exchanged, { claimId: askClaim(exchanged.run.id, '9-0c') }), agent);
    expect(again.run.asks).toMatchObject([{ granted: false, claimId: askClaim(again.run.id, '9-0c') }]);
  });

  it('stops the run when it is lost, like everything it holds', () => {
    const lost = granted.after(command('RecordLockLoss', { claimId }));
    expect(typesOf(lost.facts).slice(-2)).toEqual(['LockLost', 'RunStopOrdered']);
    expect(lost.run.lock).toMatchObject({ granted: true });
  });

  it('keeps no mission waiting: who has it is said of the run alone', () => {
    const wait = command('RecordLockWait', { claimId, resource, holder: 'm-other' });
    on(asked)
      .when(wait, service)
      .then(fact('RunWaiting', { runId: asked.run.id, claimId, resource, holder: 'm-other', sinceAt: at }));
    const waits = asked.after(wait);
    on(waits).when(wait, service).thenNothing();
    expect(waits.feature('F-001').status).toBe('delegated');
    const overdue = command('RecordLockOverdue', { claimId, detail: 'x', needs: 'y' });
    on(waits).when(overdue, service).thenNothing();
  });

  it('is chosen among what holders offer, by the run that asked', () => {
    const choice = command('ChooseOffer', { ...held(offered), claimId, proposalId: 'p-1' });
    on(offered)
      .when(choice, agent)
      .then(
        fact('LockOfferChosen', {
          claimId,
          runId: offered.run.id,
          negotiationId: offer.negotiationId,
          proposalId: 'p-1',
        }),
      );
    on(offered.after(choice, agent)).when(choice, agent).thenNothing();
    on(asked).when(choice, agent).thenRefuses('UNKNOWN_OFFER');
  });

  it('is asked for with the run’s own token, and offered by the service alone', () => {
    on(shared)
      .when(asks(shared, { token: 1 }), agent)
      .thenRefuses('STALE_TOKEN');
    on(asked)
      .when(command('RecordLockOffer', { ...offer, expires: '2026-03-01T10:02:00.000Z' }), by(ana))
      .thenRefuses('SERVICE_REQUIRED');
  });

  it.each([
    ['path:/other-repository/main/src'],
    [`${branch}-other/src`],
    ['repo:/r'],
    ['branch:/r/main'],
    ['secret:/everything'],
    ['port:/'],
  ])('is never %s', (name) => {
    on(shared)
      .when(asks(shared, { resource: name }), agent)
      .thenRefuses('ASK_REFUSED');
  });

  it('is never a file of a mission that shares none', () => {
    const isolated = approved({}, smallProposal()).claimed();
    on(isolated).when(asks(isolated), agent).thenRefuses('ASK_REFUSED');
    const port = asks(isolated, { claimId: askClaim(isolated.run.id, '1'), resource: 'port:/local/8080' });
    expect(typesOf(isolated.after(port, agent).facts).at(-1)).toBe('LockRequested');
  });

  it('is under a claim of the run, and there are only so many', () => {
    on(shared)
      .when(asks(shared, { claimId: 'm-other-r1/ask-1' }), agent)
      .thenRefuses('ASK_REFUSED');
    const many = Array.from({ length: mostAsks }, (_, index) => index).reduce(
      (history, index) =>
        history.after(
          asks(history, {
            claimId: askClaim(history.run.id, `n${String(index)}`),
            resource: `${branch}/n${String(index)}`,
          }),
          agent,
        ),
      shared,
    );
    on(many).when(asks(many), agent).thenRefuses('ASK_REFUSED');
  });

  it('may be named by its path', () => {
    expect(askedResource(shared.mission, 'src/b.ts')).toBe(resource);
    expect(askedResource(shared.mission, 'port:/local/1')).toBe('port:/local/1');
    expect(askedResource({ integration: 'isolated' }, 'src/b.ts')).toBe('src/b.ts');
  });
});

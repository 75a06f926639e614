import { deciderSpec } from '@missions/testing/given-when-then';
import { askClaim, askedResource, mostAsks } from './ask.ts';
import { fact } from './events/index.ts';
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

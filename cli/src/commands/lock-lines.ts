import type { LockLedger, LockNegotiation, LockView } from '@missions/contracts';
import { table } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';

type Waiting = LockLedger['queue'][number];
type Owner = Waiting['owner'];
type Wants = Waiting['resources'];
type Proposal = LockNegotiation['proposals'][number];

/** Holders, then those who wait, in the order of their queues; then what is talked about. */
export function ledgerLines(ledgers: readonly LockLedger[]): readonly string[] {
  const claims = ledgers.flatMap((ledger) => [...ledger.held.map(heldRow), ...ledger.queue.map(queueRow)]);
  const talks = ledgers.flatMap(({ negotiations }) => negotiations.map(talkRow));
  return [
    ...(claims.length === 0
      ? ['Nothing is held or waited for.']
      : table(['claim', 'owner', 'state', 'resources', 'since', 'waits for'], claims)),
    ...(talks.length === 0 ? [] : ['', ...table(['negotiation', 'asks', 'of', 'opened', 'outcome'], talks)]),
  ];
}

export function missionLockLines(locks: readonly LockView[]): readonly string[] {
  if (locks.length === 0) return ['The mission holds and asks for nothing that is shared.'];
  return table(
    ['run', 'state', 'resources', 'until', 'waits for'],
    locks.map(({ runId, state, resources, lease, waitingFor }) => [
      runId,
      state,
      resources.join(' '),
      lease?.expiresAt ?? '–',
      waitingFor === undefined ? '' : `${waitingFor.resource} ${waitingFor.holder ?? ''}`,
    ]),
  );
}

/** The transcript, in the order in which it was said. */
export function negotiationLines(said: LockNegotiation): readonly string[] {
  const { negotiationId, scope, claimId, owner, holders, reason, openedAt, deadline, outcome } = said;
  return [
    `${negotiationId} in ${scope}`,
    `${openedAt}  ${ownerText(owner)} (${claimId}) asks ${holders.map((one) => ownerText(one.owner)).join(', ')}${reason === undefined ? '' : `: ${plainLine(reason)}`}`,
    ...said.proposals.map(proposalLine),
    outcome === undefined
      ? `open until ${deadline}; silence is a refusal`
      : `${outcome.at}  ${outcome.how === 'settled' ? 'settled' : `failed: ${outcome.how}`}`,
  ];
}

function proposalLine({ from, holder, offer, madeAt, state }: Proposal): string {
  const { kind, ...terms } = offer;
  const details = Object.keys(terms).length === 0 ? '' : ` ${JSON.stringify(terms)}`;
  const who = from === 'holder' ? `${holder.claimId} proposes` : `the asker counters to ${holder.claimId}`;
  return `${madeAt}  ${plainLine(`${who}: ${kind}${details}${state === 'open' ? '' : ` (${state})`}`)}`;
}

function heldRow({ claimId, owner, resources, grantedAt, token }: LockLedger['held'][number]): string[] {
  return [claimId, ownerText(owner), `held ${String(token)}`, wantsText(resources), grantedAt, ''];
}

function queueRow({
  claimId,
  owner,
  resources,
  requestedAt,
  position,
  holders,
  ahead,
  closedUntil,
}: Waiting) {
  const before = [...new Set([...holders, ...ahead].map((one) => ownerText(one.owner)))];
  const closed = closedUntil === undefined ? [] : [`closed until ${closedUntil}`];
  return [
    claimId,
    ownerText(owner),
    `waits ${String(position)}.`,
    wantsText(resources),
    requestedAt,
    [...before, ...closed].join(', '),
  ];
}

function talkRow({
  negotiationId,
  owner,
  holders,
  openedAt,
  deadline,
  outcome,
}: LockLedger['negotiations'][number]) {
  const how = outcome === undefined ? `open until ${deadline}` : outcome.how;
  return [
    negotiationId,
    ownerText(owner),
    holders.map((one) => ownerText(one.owner)).join(', '),
    openedAt,
    how,
  ];
}

function ownerText({ missionId, featureId, runId }: Owner): string {
  return [missionId, featureId, runId].filter((part) => part !== undefined).join(' ');
}

/** Alone is the rule; reading and units are said. */
function wantsText(wants: Wants): string {
  return wants
    .map(({ resource, mode, units }) => {
      const shared = mode === 'X' ? '' : ` (${mode})`;
      return `${resource}${shared}${units === undefined ? '' : ` ×${String(units)}`}`;
    })
    .join(' ');
}

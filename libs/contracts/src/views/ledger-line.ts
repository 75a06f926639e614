import { wantText, type LeasingEvent, type Want } from '@missions/leasing';
import { counted } from './counted.ts';
import type { Concern } from './ledger-concern.ts';
import { offerText } from './offer-text.ts';
import { oneLine } from './one-line.ts';
import { ownerText } from './wait-picture.ts';

type EventType = LeasingEvent['type'];
type EventData<Type extends EventType> = Extract<LeasingEvent, { readonly type: Type }>['data'];
/** A claim as people know it: whose it is, and its name, by which they step in. */
type Who = (claimId: string) => string;
type Sentences = { readonly [Type in EventType]: (data: EventData<Type>, who: Who) => string };

/** A decision about what missions share in one line for a person; one that is not known yet is its bare name. */
export function ledgerLine({ fact: { type, event }, parties }: Concern): string {
  if (event === undefined) return oneLine(type);
  const sentence = sentences[event.type] as (data: unknown, who: Who) => string;
  const who: Who = (claimId) => {
    const owner = parties.find((party) => party.claimId === claimId)?.owner;
    return owner === undefined ? claimId : `${ownerText(owner)} (${claimId})`;
  };
  return oneLine(sentence(event.data, who), MOST_CHARACTERS);
}

/** The longest reason and whatever stands before it. */
const MOST_CHARACTERS = 1_500;

const sentences: Sentences = {
  LockRequested: ({ claimId, resources }, who) => `${who(claimId)} asks for ${wants(resources)}`,
  LockGranted: ({ claimId, resources, changedBy = [] }, who) =>
    `${who(claimId)} holds ${wants(resources)}${changedBy.length === 0 ? '' : `, which ${some(changedBy.map(({ missionId }) => missionId))} changed last`}`,
  LockReleased: ({ claimId, resources, change, negotiationId }, who) =>
    `${who(claimId)} gave back ${wants(resources)}${agreed(negotiationId)}${change === undefined ? '' : `, with its work in ${change.sha.slice(0, 12)}`}`,
  LockExpired: ({ claimId, resources, closed, negotiationId }, who) =>
    `⚠ ${who(claimId)} lost ${wants(resources)}: ${negotiationId === undefined ? 'it was not renewed' : 'its time was up'}${agreed(negotiationId)}${closedText(closed)}`,
  LockWithdrawn: ({ claimId, resources }, who) => `${who(claimId)} waits no longer for ${wants(resources)}`,
  LockNarrowed: ({ claimId, resources, negotiationId }, who) =>
    `${who(claimId)} keeps only ${wants(resources)}${agreed(negotiationId)}`,
  LockUpgradeRequested: ({ claimId, resources }, who) =>
    `${who(claimId)} waits to hold alone what it has to upgrade of ${wants(resources)}`,
  LockUpgraded: ({ claimId, resources }, who) => `${who(claimId)} has upgraded and holds ${wants(resources)}`,
  PoolSized: ({ resource, capacity }) => `${resource} has ${counted(capacity, 'unit')}`,
  LockRevoked: ({ claimId, resources, by, reason, closed }, who) =>
    `⚠ ${by.id} took ${wants(resources)} from ${who(claimId)}${closedText(closed)}: ${reason}`,
  LockExtended: ({ claimId, resources, by, reason, until }, who) =>
    `${by.id} leaves ${wants(resources)} to ${who(claimId)} until ${until} at least: ${reason}`,
  WaiterMoved: ({ claimId, before, by, reason }, who) =>
    `${by.id} moved ${who(claimId)} ${before === undefined ? 'to the head of the queue' : `right before ${who(before)}`}: ${reason}`,
  LockRequestNarrowed: ({ claimId, resources, negotiationId }, who) =>
    `${who(claimId)} asks only for ${wants(resources)} now${agreed(negotiationId)}`,
  LockDenied: ({ claimId, resources, owner, cycle }, who) =>
    `⚠ ${who(claimId)} is denied ${wants(resources)}, for a circle of waiting: ${[...cycle, cycle[0] ?? owner].map(ownerText).join(' → ')}`,
  NegotiationOpened: ({ negotiationId, claim, holders, cause, reason }, who) =>
    `${who(claim.claimId)} asks ${some(holders.map((one) => who(one.claimId)))} to give way for ${wants(claim.resources)} in ${negotiationId}${cause === 'cycle' ? ', since they wait for each other' : ''}${because(reason)}`,
  ProposalMade: ({ negotiationId, holder, offer }, who) =>
    `${who(holder.claimId)} proposes in ${negotiationId} ${offerText(offer)}`,
  ProposalCountered: ({ negotiationId, holder, offer }, who) =>
    `the asker of ${negotiationId} wants of ${who(holder.claimId)} ${offerText(offer)}`,
  ProposalAccepted: ({ negotiationId, holder, offer }, who) =>
    `agreed in ${negotiationId} with ${who(holder.claimId)}: ${offerText(offer)}`,
  NegotiationSettled: ({ negotiationId, claimId, commitments }, who) =>
    `${who(claimId)} has an agreement with ${some(commitments.map((one) => who(one.claimId)))} in ${negotiationId}`,
  NegotiationFailed: ({ negotiationId, claimId, reason, by }, who) =>
    `${who(claimId)} has no agreement in ${negotiationId}: ${reason === 'refused' && by !== undefined ? `${who(by)} refused` : failures[reason]}`,
};

const failures: Readonly<Record<EventData<'NegotiationFailed'>['reason'], string>> = {
  timeout: 'not everybody answered in time',
  refused: 'somebody refused',
  stale: 'what it was about has moved on',
};

const NAMED = 5;
const NAMED_CHARACTERS = 120;

/** Who did it and why stand behind them, and must not be out of sight. */
function some(names: readonly string[]): string {
  let length = 0;
  const shown = names.slice(0, NAMED).filter((name, index) => {
    length += name.length;
    return index === 0 || length <= NAMED_CHARACTERS;
  });
  const more = names.length > shown.length ? ` and ${String(names.length - shown.length)} more` : '';
  return `${shown.map((name) => oneLine(name, NAMED_CHARACTERS)).join(', ')}${more}`;
}

function wants(resources: readonly Want[]): string {
  return some(resources.map(wantText));
}

function agreed(negotiationId: string | undefined): string {
  return negotiationId === undefined ? '' : `, as agreed in ${negotiationId}`;
}

function closedText(closed: EventData<'LockExpired'>['closed']): string {
  const [first] = closed;
  return first === undefined ? '' : `, closed until ${first.until}`;
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
}

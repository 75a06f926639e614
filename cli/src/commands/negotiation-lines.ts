import { offerText, ownerText, type LockNegotiation } from '@missions/contracts';
import { plainLine } from '../terminal/terminal.ts';

type Proposal = LockNegotiation['proposals'][number];

/** The transcript, in the order in which it was said. */
export function negotiationLines(said: LockNegotiation): readonly string[] {
  const { negotiationId, scope, claimId, owner, holders, reason, openedAt, deadline, outcome } = said;
  const asked = holders.map((one) => ownerText(one.owner)).join(', ');
  return [
    plainLine(`${negotiationId} in ${scope}${aboutText(said)}`),
    `${openedAt}  ${plainLine(`${ownerText(owner)} (${claimId}) asks ${asked}${reason === undefined ? '' : `: ${reason}`}`)}`,
    ...said.proposals.map((proposal) => proposalLine(proposal, said)),
    outcome === undefined
      ? `open until ${deadline}; silence is a refusal`
      : `${outcome.at}  ${outcome.how === 'settled' ? 'settled' : `failed: ${outcome.how}`}`,
  ];
}

/** The heads of the columns of `talkRow`. */
export const talkColumns = ['negotiation', 'asks', 'of', 'for', 'opened', 'outcome'];

/** The same in the columns of a table. */
export function talkRow(said: LockNegotiation): string[] {
  const { negotiationId, owner, holders, openedAt, deadline, outcome } = said;
  const how = outcome === undefined ? `open until ${deadline}` : outcome.how;
  return [
    negotiationId,
    ownerText(owner),
    holders.map((one) => ownerText(one.owner)).join(', '),
    wantedText(said),
    openedAt,
    how,
  ];
}

/** What it is about; who stands in the circle, when it is about one. */
function aboutText({ cycle, ...said }: LockNegotiation): string {
  const wanted = wantedText(said);
  const circle = cycle && `, in a circle: ${[...cycle, ...cycle.slice(0, 1)].map(ownerText).join(' → ')}`;
  return `${wanted === '' ? '' : `, for ${wanted}`}${circle ?? ''}`;
}

function wantedText({ resources }: Pick<LockNegotiation, 'resources'>): string {
  return plainLine(resources.map(({ resource }) => resource).join(' '));
}

function proposalLine(
  { from, holder, offer, madeAt, state }: Proposal,
  { holders }: Pick<LockNegotiation, 'holders'>,
): string {
  const asked = holders.find(({ claimId }) => claimId === holder.claimId);
  const name = asked === undefined ? holder.claimId : ownerText(asked.owner);
  const who = from === 'holder' ? `${name} proposes` : `the asker counters to ${name}`;
  return `${madeAt}  ${plainLine(`${who}: ${offerText(offer)}${state === 'open' ? '' : ` (${state})`}`)}`;
}

import {
  ownerText,
  waitPicture,
  waitText,
  wantsText,
  type LockLedger,
  type LockView,
} from '@missions/contracts';
import { duration, shortSha, table } from '../terminal/table.ts';
import { plain, plainLine } from '../terminal/terminal.ts';
import { negotiationLines, talkColumns, talkRow } from './negotiation-lines.ts';

type Held = LockLedger['held'][number];
type Waiting = LockLedger['queue'][number];

/** Holders, then those who wait, in the order of their queues; who waits for whom; then what is talked about. */
export function ledgerLines(
  ledgers: readonly LockLedger[],
  { transcripts }: { readonly transcripts: boolean },
): readonly string[] {
  const claims = ledgers.flatMap((ledger) => [...ledger.held.map(heldRow), ...ledger.queue.map(queueRow)]);
  return [
    ...(claims.length === 0
      ? ['Nothing is held or waited for.']
      : table(['claim', 'owner', 'state', 'resources', 'for', 'waits for'], claims)),
    ...titled('who waits for whom', pictureLines(ledgers)),
    ...titled('pools', ledgers.flatMap(poolLines)),
    ...titled('closed', ledgers.flatMap(closureLines)),
    ...titled('promised', ledgers.flatMap(promiseLines)),
    ...titled('negotiations', talkLines(ledgers, transcripts)),
  ];
}

export function missionLockLines(locks: readonly LockView[]): readonly string[] {
  if (locks.length === 0) return ['The mission holds and asks for nothing that is shared.'];
  const rows = locks.map((lock) => [
    lock.runId ?? 'ahead of its run',
    lock.featureId ?? '',
    lock.state,
    lock.resources.join(' '),
    durationText(lock.heldMs ?? lock.waitedMs),
    lock.waitingFor === undefined ? '' : waitText(lock.waitingFor),
  ]);
  return [
    ...table(['run', 'feature', 'state', 'resources', 'for', 'why'], rows),
    ...locks.flatMap(({ claimId, changedBy = [] }) =>
      changedBy.map(({ missionId, sha }) =>
        plainLine(`${claimId} begins with ${shortSha(sha)} of ${missionId}, who changed it last`),
      ),
    ),
  ];
}

/** Columns and branches keep their spaces; names in them may be anybody's text. */
function titled(title: string, lines: readonly string[]): readonly string[] {
  const shown = lines.map((line) => `  ${plain(line).replaceAll('\n', ' ')}`);
  return shown.length === 0 ? [] : ['', `${title}:`, ...shown];
}

function heldRow({ claimId, owner, resources, heldMs, token, upgradeRequestedAt }: Held): string[] {
  const upgrade = upgradeRequestedAt === undefined ? '' : 'to hold it alone';
  return [
    claimId,
    ownerText(owner),
    `held ${String(token)}`,
    plainLine(wantsText(resources)),
    durationText(heldMs),
    upgrade,
  ];
}

function queueRow({ holders, ahead, closedUntil, ...waiting }: Waiting): string[] {
  const before = [...new Set([...holders, ...ahead].map((one) => ownerText(one.owner)))];
  const closed = closedUntil === undefined ? [] : [`closed until ${closedUntil}`];
  return [
    waiting.claimId,
    ownerText(waiting.owner),
    `waits ${String(waiting.position)}.`,
    plainLine(wantsText(waiting.resources)),
    durationText(waiting.waitedMs),
    [...before, ...closed].join(', '),
  ];
}

function pictureLines(ledgers: readonly LockLedger[]): readonly string[] {
  const queued = new Map(ledgers.flatMap(({ queue }) => queue.map((one) => [one.claimId, one])));
  return waitPicture(ledgers, ({ claimId }) => {
    const one = queued.get(claimId);
    if (one === undefined) return 'waits to hold alone what it reads';
    const closed = one.closedUntil === undefined ? '' : `, closed until ${one.closedUntil}`;
    return `waits ${durationText(one.waitedMs)} for ${wantsText(one.resources)}${closed}`;
  }).map((line) => line.trimEnd());
}

function poolLines({ pools }: LockLedger): readonly string[] {
  return pools.map(
    ({ resource, used, capacity }) => `${resource}: ${String(used)} of ${String(capacity)} units are taken`,
  );
}

function closureLines({ closed }: LockLedger): readonly string[] {
  return closed.map(({ until, ...one }) => `${wantsText([{ ...one, mode: 'X' }])} until ${until}`);
}

/** What is promised, and what people extended, unless its holder has promised less since. */
function promiseLines({ at, held, commitments }: LockLedger): readonly string[] {
  const kept = held.flatMap(({ claimId, keptUntil = at }) => {
    const endsBefore = commitments.some(
      (promise) => promise.claimId === claimId && promise.until < keptUntil,
    );
    return keptUntil > at && !endsBefore ? [`${claimId} is kept until ${keptUntil} at least`] : [];
  });
  const promised = commitments.map(({ claimId, kind, until, negotiationId }) => {
    const when = kind === 'release_at' ? `by ${until}` : `at its next checkpoint, by ${until} at the latest`;
    return `${claimId} gives back ${when} (${negotiationId})`;
  });
  return [...kept, ...promised];
}

/** All that was said, where somebody asks about a mission or a resource; else one line for each. */
function talkLines(ledgers: readonly LockLedger[], transcripts: boolean): readonly string[] {
  const talks = ledgers.flatMap(({ scope, negotiations }) => negotiations.map((one) => ({ scope, ...one })));
  if (talks.length === 0) return [];
  if (transcripts) return talks.flatMap(negotiationLines);
  return table(talkColumns, talks.map(talkRow));
}

function durationText(ms: number | undefined): string {
  return ms === undefined ? '–' : duration(ms);
}

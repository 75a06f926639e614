import { killerText, type Killer } from '../corpus/killer.ts';
import type { Case } from '../corpus/case.ts';
import type { Held, Played } from '../play/play-case.ts';

/** A case with what came of it. */
export interface Judged {
  readonly name: string;
  readonly kind: Case['kind'];
  readonly about: string;
  /** Whether validation did with it what it should. */
  readonly right: boolean;
  readonly caughtBy: readonly string[];
  readonly expected: readonly string[];
  readonly remarks: readonly string[];
  /** A faulty worker whose own tests are green: whoever trusts those delivers it. */
  readonly ownTestsGreen: boolean;
  /** Without validators the mission ends completed. */
  readonly deliveredUnseen: boolean;
  readonly trouble: string;
  readonly seconds: number;
}

export function judge(one: Case, on: Played, off: Played): Judged {
  return {
    name: one.name,
    kind: one.kind,
    about: one.about,
    right: isRight(one, on),
    caughtBy: on.against.map(heldText),
    expected: one.killers.map(killerText),
    remarks: on.remarks.map(heldText),
    ownTestsGreen: on.ownTests === 0,
    deliveredUnseen: off.outcome === 'completed',
    trouble: on.outcome === 'broken' ? on.trouble : '',
    seconds: on.seconds,
  };
}

/** A correct worker is let through without anything held against it; a faulty one is held back by all that was to be named. */
function isRight({ kind, killers }: Case, { outcome, against }: Played): boolean {
  if (kind === 'correct') return outcome === 'completed' && against.length === 0;
  return outcome === 'held_back' && killers.every((killer) => against.some((held) => names(held, killer)));
}

/** An assertion counts only as failed: one that nobody could decide has caught nothing. */
function names({ source, finding }: Held, killer: Killer): boolean {
  if ('assertion' in killer)
    return source === 'failed_verdict' && finding.assertionIds.includes(killer.assertion);
  return (
    (source === 'engine' || source === 'validator') &&
    finding.category === killer.category &&
    (finding.location ?? finding.detail).includes(killer.path)
  );
}

function heldText({ source, finding }: Held): string {
  const { category, location = '', assertionIds, title } = finding;
  if (source === 'failed_verdict') return assertionIds.join(' ');
  if (source === 'inconclusive_verdict') return `${assertionIds.join(' ')} inconclusive`;
  return `${category} ${location}: ${title}`;
}

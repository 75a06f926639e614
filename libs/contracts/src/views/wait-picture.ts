import { circleFrom, sameOwner, type Owner, type WaitsFor } from '@missions/leasing';
import type { LockLedger } from './lock-view.ts';

/** What stands behind the name of an owner that waits: for what, how long. */
export type WaitText = (wait: WaitsFor) => string;

/** `m-7f3k2a F-002 m-7f3k2a-r5` */
export function ownerText({ missionId, featureId, runId }: Owner): string {
  return [missionId, featureId, runId].filter((part) => part !== undefined).join(' ');
}

/**
 * Who waits for whom, over all ledgers, as a tree: whoever holds stands above those who wait for it, each once, below the first
 * that is in its way; whom else it waits for is said behind it. Circles of waiting are named at the end.
 */
export function waitPicture(ledgers: readonly LockLedger[], textOf: WaitText): readonly string[] {
  const waits = ledgers.flatMap((ledger) => ledger.waits);
  const picture = new Picture(waits, textOf);
  const roots = [...waits.flatMap((wait) => wait.for.slice(0, 1)), ...waits.map(({ owner }) => owner)];
  const free = roots.filter(
    (owner) => !waits.some((wait) => sameOwner(wait.owner, owner) && wait.for.length > 0),
  );
  // Owners of a circle stand below no free one; the first of them stands for it.
  return [...[...free, ...roots].flatMap((owner) => picture.below(owner)), ...circleLines(waits)];
}

class Picture {
  private readonly shown: Owner[] = [];

  constructor(
    private readonly waits: readonly WaitsFor[],
    private readonly textOf: WaitText,
  ) {}

  /** The owner and everybody who waits for it; nothing when it stands there already. */
  below(root: Owner): readonly string[] {
    if (this.isShown(root)) return [];
    this.shown.push(root);
    const closed = this.waits.filter((wait) => sameOwner(wait.owner, root) && wait.for.length === 0);
    const texts = closed.map((wait) => `  ${this.textOf(wait)}`);
    return [`${ownerText(root)}${texts.join('')}`, ...this.waiting(root, '')];
  }

  private waiting(owner: Owner, indent: string): readonly string[] {
    const next = this.waits.filter((wait) => {
      const [first] = wait.for;
      return first !== undefined && sameOwner(first, owner) && !this.isShown(wait.owner);
    });
    this.shown.push(...next.map((wait) => wait.owner));
    return next.flatMap((wait, index) => {
      const isLast = index === next.length - 1;
      const line = `${indent}${isLast ? '└─' : '├─'} ${ownerText(wait.owner)}  ${this.textOf(wait)}${alsoText(wait)}`;
      return [line, ...this.waiting(wait.owner, `${indent}${isLast ? '   ' : '│  '}`)];
    });
  }

  private isShown(owner: Owner): boolean {
    return this.shown.some((one) => sameOwner(one, owner));
  }
}

const NAMED = 3;

function alsoText({ for: before }: WaitsFor): string {
  const others = before
    .slice(1)
    .filter((one, index, all) => all.findIndex((it) => sameOwner(it, one)) === index);
  if (others.length === 0) return '';
  const more = others.length > NAMED ? ` and ${String(others.length - NAMED)} more` : '';
  return `, also for ${others.slice(0, NAMED).map(ownerText).join(', ')}${more}`;
}

function circleLines(waits: readonly WaitsFor[]): readonly string[] {
  const named: Owner[] = [];
  return waits.flatMap(({ owner }) => {
    if (named.some((one) => sameOwner(one, owner))) return [];
    const circle = circleFrom(owner, waits);
    named.push(...circle);
    return circle.length === 0 ? [] : [`a circle: ${[...circle, owner].map(ownerText).join(' → ')}`];
  });
}

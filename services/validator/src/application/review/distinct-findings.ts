import { referencesIn } from '@missions/agent-tools';
import type { FindingDraft } from '@missions/mission';

const ranks = { blocker: 0, major: 1, minor: 2, info: 3 } as const;

/** Lines this close to each other are one place. */
const nearLines = 3;
const similar = 0.7;
const similarAtOnePlace = 0.3;

type Compared = Pick<FindingDraft, 'category' | 'title' | 'location'>;

/** Whether two findings say the same: of one kind, about one place, in much the same words. */
export function isSameFinding(one: Compared, other: Compared): boolean {
  if (one.category !== other.category) return false;
  const [here, there] = [placeOf(one), placeOf(other)];
  if (here.path !== there.path) return false;
  const onePlace =
    here.line !== undefined && there.line !== undefined && Math.abs(here.line - there.line) <= nearLines;
  return likeness(one.title, other.title) >= (onePlace ? similarAtOnePlace : similar);
}

/** Each finding once, the worst first; what several said names all the features and assertions that any of them named. */
export function distinctFindings(findings: readonly FindingDraft[]): readonly FindingDraft[] {
  const distinct: FindingDraft[] = [];
  for (const finding of findings.toSorted((one, other) => ranks[one.severity] - ranks[other.severity])) {
    const index = distinct.findIndex((known) => isSameFinding(known, finding));
    const known = distinct[index];
    if (known) distinct[index] = merged(known, finding);
    else distinct.push(finding);
  }
  return distinct;
}

function merged(known: FindingDraft, other: FindingDraft): FindingDraft {
  return {
    ...known,
    assertionIds: [...new Set([...known.assertionIds, ...other.assertionIds])].slice(0, 100),
    featureIds: [...new Set([...known.featureIds, ...other.featureIds])].slice(0, 100),
  };
}

/** The file and line that a finding names; a path without a line is a place as well. */
export function placeOf({ location }: Pick<FindingDraft, 'location'>): {
  readonly path: string | undefined;
  readonly line: number | undefined;
} {
  if (location === undefined) return { path: undefined, line: undefined };
  const [reference] = referencesIn(location);
  const path = (reference?.path ?? location.trim()).replace(/^(?:\/workspace\/|\.\/)/, '');
  return { path, line: reference?.line };
}

/** The share of words that two titles have in common. */
function likeness(one: string, other: string): number {
  const [words, others] = [wordsOf(one), wordsOf(other)];
  const common = [...words].filter((word) => others.has(word)).length;
  const all = words.size + others.size - common;
  return all === 0 ? 1 : common / all;
}

function wordsOf(title: string): Set<string> {
  return new Set(title.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []);
}

import type { FindingDraft } from '@missions/mission';

/** What has to be named against a worker: an assertion that fails, or a finding of a category at a place. */
export type Killer =
  { readonly assertion: string } | { readonly category: FindingDraft['category']; readonly path: string };

/** `VAL-ADD-001`, or `test_quality package.json`. */
export function parseKiller(text: string): Killer {
  const [first = '', path = ''] = text.trim().split(/\s+/);
  if (first.startsWith('VAL-')) return { assertion: first };
  return { category: first as FindingDraft['category'], path };
}

export function killerText(killer: Killer): string {
  return 'assertion' in killer ? killer.assertion : `${killer.category} ${killer.path}`;
}

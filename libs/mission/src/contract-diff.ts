import canonicalize from 'canonicalize';
import type { ById } from './by-id.ts';
import type { Assertion } from './validation-contract.ts';

/** What an amendment does to one assertion; `before` is absent for one that is new. */
export interface AssertionChange {
  readonly id: string;
  readonly before?: Assertion;
  readonly after: Assertion;
  /** The parts that differ, those of the proof by name: `statement`, `proof.expected`. */
  readonly fields: readonly string[];
}

/** Each assertion of an amendment beside the one it replaces; those that stay word for word the same are left out. */
export function contractDiff(
  present: ById<{ readonly definition: Assertion }>,
  amended: readonly Assertion[],
): readonly AssertionChange[] {
  return amended
    .map((after): AssertionChange => {
      const before = present[after.id]?.definition;
      const fields = changedFields(partsOf(before), partsOf(after));
      return { id: after.id, ...(before && { before }), after, fields };
    })
    .filter(({ fields }) => fields.length > 0);
}

function partsOf(assertion: Assertion | undefined): Readonly<Record<string, unknown>> {
  if (!assertion) return {};
  const { proof, ...rest } = assertion;
  const ofProof = Object.entries(proof).map(([name, value]) => [`proof.${name}`, value] as const);
  return { ...rest, ...Object.fromEntries(ofProof) };
}

function changedFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => canonicalize(before[name]) !== canonicalize(after[name]));
}

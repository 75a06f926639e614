import { entry, type ById } from '../by-id.ts';

/** A copy with one entry changed; an unknown id leaves the record as it is, so that evolve stays total. */
export function changed<Value>(
  record: ById<Value>,
  id: string,
  change: (value: Value) => Value,
): ById<Value> {
  const value = entry(record, id);
  if (value === undefined) return record;
  return { ...record, [id]: change(value) };
}

/** A copy without the named optional fields. */
export function without<Value extends object, Key extends keyof Value>(
  value: Value,
  ...keys: readonly Key[]
): Omit<Value, Key> {
  const copy: Partial<Value> = { ...value };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy as Omit<Value, Key>;
}

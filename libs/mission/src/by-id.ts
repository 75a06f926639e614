/** Plain data in insertion order, so that a fold can be stored, sent and compared as JSON. */
export type ById<Value> = Readonly<Record<string, Value>>;

/** What is recorded under an id that people choose; never what every object inherits, such as `constructor`. */
export function entry<Value>(record: ById<Value>, id: string): Value | undefined {
  return Object.hasOwn(record, id) ? record[id] : undefined;
}

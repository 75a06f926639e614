import type { EventEnvelope } from '@missions/kernel';

/** Turns the data of an old event into that of the next schema number. Rows are never updated. */
export interface Upcaster {
  readonly type: string;
  readonly fromSchema: number;
  /** Pure and total for what was written under `fromSchema`. */
  readonly upcast: (data: unknown) => unknown;
}

/** Brings an event to its newest schema. */
export type Upcast = (event: EventEnvelope) => EventEnvelope;

/** Applies upcasters one after another until none fits; throws at once when two claim the same schema. */
export function createUpcast(upcasters: readonly Upcaster[] = []): Upcast {
  const byType = new Map<string, Map<number, Upcaster>>();
  for (const upcaster of upcasters) {
    const steps = byType.get(upcaster.type) ?? new Map<number, Upcaster>();
    if (steps.has(upcaster.fromSchema)) {
      throw new Error(`Two upcasters for ${upcaster.type} from schema ${String(upcaster.fromSchema)}.`);
    }
    byType.set(upcaster.type, steps.set(upcaster.fromSchema, upcaster));
  }
  if (byType.size === 0) return (event) => event;
  return (event) => {
    const steps = byType.get(event.type);
    return steps ? upcastThrough(steps, event) : event;
  };
}

function upcastThrough(steps: ReadonlyMap<number, Upcaster>, event: EventEnvelope): EventEnvelope {
  let { schema, data } = event;
  for (let step = steps.get(schema); step; step = steps.get(schema)) {
    data = step.upcast(data);
    schema++;
  }
  return { ...event, schema, data };
}

import type { ChangedBy } from '@missions/leasing';
import { changeSchema, type Change } from '@missions/mission';

/** Of missions: whoever else uses the ledgers keeps work that no mission can fetch. */
export function changesIn(changedBy: ChangedBy = []): readonly Change[] | undefined {
  const changes = changedBy.filter((one) => changeSchema.safeParse(one).success);
  return changes.length > 0 ? changes : undefined;
}

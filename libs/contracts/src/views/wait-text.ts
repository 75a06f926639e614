import type { WaitingFor } from '@missions/mission';

/** As a fact, a state or a view says it. */
type Told = Pick<WaitingFor, 'resource'> & {
  readonly [Key in 'holder' | 'behind' | 'closedUntil' | 'position']?: WaitingFor[Key] | undefined;
};

/** `waits for port:/local/8080 held by m-2 m-2-r4, place 2 in the queue` */
export function waitText({ resource, holder, behind, closedUntil, position }: Told): string {
  return [
    `waits for ${resource}${holder ? ` held by ${holder}` : behind ? ` behind ${behind}` : ''}`,
    ...(closedUntil === undefined ? [] : [`closed until ${closedUntil}`]),
    ...(position === undefined || position === 1 ? [] : [`place ${String(position)} in the queue`]),
  ].join(', ');
}

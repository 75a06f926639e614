import type { WaitingFor } from '@missions/mission';

/** As a fact, a state or a view says it. */
interface Told extends Pick<WaitingFor, 'resource'> {
  readonly holder?: string | undefined;
  readonly position?: number | undefined;
}

/** `waits for port:/local/8080 held by m-2 m-2-r4, place 2 in the queue` */
export function waitText({ resource, holder, position }: Told): string {
  return [
    `waits for ${resource}${holder ? ` held by ${holder}` : ''}`,
    ...(position === undefined || position === 1 ? [] : [`place ${String(position)} in the queue`]),
  ].join(', ');
}

import { z } from 'zod';

/** What somebody waits for, of what missions share: who is in the way, at which place in the queue, since when. */
export interface WaitingFor {
  readonly resource: string;
  /** Who has it, or is before it in the queue. */
  readonly holder?: string;
  /** Its place among those that want the same; 1 is next. */
  readonly position?: number;
  readonly sinceAt?: string;
}

export const waitingForShape = {
  resource: z.string(),
  holder: z.string().optional(),
  position: z.int().positive().optional(),
  sinceAt: z.iso.datetime().optional(),
};

export type WaitingForData = z.infer<z.ZodObject<typeof waitingForShape>>;

/** Without what was not said. */
export function waitingFor({ resource, holder, position, sinceAt }: WaitingForData): WaitingFor {
  return {
    resource,
    ...(holder !== undefined && { holder }),
    ...(position !== undefined && { position }),
    ...(sinceAt !== undefined && { sinceAt }),
  };
}

/** The same thing in the same way at the same place. */
export function isSameWait(one: WaitingFor | undefined, other: WaitingFor): boolean {
  return one?.resource === other.resource && one.holder === other.holder && one.position === other.position;
}

import { z } from 'zod';

/** What somebody waits for, of what missions share: who is in the way, at which place in the queue, since when. */
export interface WaitingFor {
  readonly resource: string;
  /** Who has it; as older facts say it, perhaps who was before it in the queue. */
  readonly holder?: string;
  /** Who is before it in the queue, where nobody has it. */
  readonly behind?: string;
  /** Until when nobody gets it, where nobody has it or is before. */
  readonly closedUntil?: string;
  /** Its place among those that want the same; 1 is next. */
  readonly position?: number;
  readonly sinceAt?: string;
}

export const waitingForShape = {
  resource: z.string(),
  holder: z.string().optional(),
  behind: z.string().optional(),
  closedUntil: z.iso.datetime().optional(),
  position: z.int().positive().optional(),
  sinceAt: z.iso.datetime().optional(),
};

export type WaitingForData = z.infer<z.ZodObject<typeof waitingForShape>>;

/** Without what was not said. */
export function waitingFor(data: WaitingForData): WaitingFor {
  const { resource, holder, behind, closedUntil, position, sinceAt } = data;
  return {
    resource,
    ...(holder !== undefined && { holder }),
    ...(behind !== undefined && { behind }),
    ...(closedUntil !== undefined && { closedUntil }),
    ...(position !== undefined && { position }),
    ...(sinceAt !== undefined && { sinceAt }),
  };
}

/** The same thing in the same way at the same place. */
export function isSameWait(one: WaitingFor | undefined, other: WaitingFor): boolean {
  const told = ['resource', 'holder', 'behind', 'closedUntil', 'position'] as const;
  return told.every((key) => one?.[key] === other[key]);
}

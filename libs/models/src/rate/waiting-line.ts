import type { CallPass, GateOptions, ModelWait } from './call-gate.ts';
import type { Rate } from './rate.ts';

/** How often one who waits is told so, though nothing has changed. */
export const tellEveryMs = 5000;

/** A call that waits for its turn. */
export interface WaitingCall {
  readonly cost: Rate;
  readonly sinceMs: number;
}

interface Entry extends WaitingCall {
  readonly options: GateOptions;
  readonly resolve: (pass: CallPass) => void;
  readonly reject: (error: Error) => void;
  readonly onAbort: () => void;
  told: { readonly why: string; readonly atMs: number } | undefined;
}

/** Calls in the order in which they came; whoever is stopped leaves, and those behind move up. */
export class WaitingLine {
  private readonly entries: Entry[] = [];

  constructor(
    private readonly nowMs: () => number,
    /** Told when one leaves by itself, and how long each had waited at the end. */
    private readonly on: { readonly left: () => void; readonly waited: (ms: number) => void },
  ) {}

  get calls(): readonly WaitingCall[] {
    return this.entries;
  }

  get head(): WaitingCall | undefined {
    return this.entries[0];
  }

  /** Rejects with the signal's reason when that aborts first. */
  join(cost: Rate, options: GateOptions): Promise<CallPass> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.refuse(entry, reasonOf(options.signal));
        this.on.left();
      };
      const entry: Entry = {
        ...{ cost, options, resolve, reject, onAbort },
        sinceMs: this.nowMs(),
        told: undefined,
      };
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.entries.push(entry);
    });
  }

  /** The first one goes. */
  letGo(passFor: (head: WaitingCall) => CallPass): void {
    const [head] = this.entries;
    if (!head) return;
    this.end(head);
    if (head.told) head.options.onWait?.(undefined);
    head.resolve(passFor(head));
  }

  /** Those whose call has waited for so long, with what it waited before, go away without one. */
  refuseAfter(ms: number, error: () => Error): void {
    const now = this.nowMs();
    const waitedMs = ({ sinceMs, options }: Entry): number => now - sinceMs + (options.waitedMs ?? 0);
    for (const entry of this.entries.filter((one) => waitedMs(one) >= ms)) this.refuse(entry, error());
  }

  /** Tells everybody why, where that is new or was told a while ago. */
  tell(waitAt: (ahead: number) => ModelWait): void {
    for (const [ahead, entry] of this.entries.entries()) this.tellOne(entry, waitAt(ahead));
  }

  /** Tells the one who came last. */
  tellLast(waitAt: (ahead: number) => ModelWait): void {
    const last = this.entries.at(-1);
    if (last) this.tellOne(last, waitAt(this.entries.length - 1));
  }

  private tellOne(entry: Entry, wait: ModelWait): void {
    const now = this.nowMs();
    if (entry.told?.why === wait.why && now - entry.told.atMs < tellEveryMs) return;
    entry.told = { why: wait.why, atMs: now };
    entry.options.onWait?.(wait);
  }

  private refuse(entry: Entry, error: Error): void {
    this.end(entry);
    entry.reject(error);
  }

  private end(entry: Entry): void {
    const { options, onAbort, sinceMs } = entry;
    this.entries.splice(this.entries.indexOf(entry), 1);
    options.signal?.removeEventListener('abort', onAbort);
    this.on.waited(this.nowMs() - sinceMs);
  }
}

export function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('Aborted.');
}

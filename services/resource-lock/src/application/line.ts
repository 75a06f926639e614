import { isTransient, StoreUnavailableError } from '@missions/event-store';

/** What became of one that asked: its own error is nobody else's. */
export type Answer<Result> = { readonly result: Result } | { readonly error: unknown };

export interface LineOptions<Asked, Result> {
  /** Answers all of them, in their order; when it rejects for several, each is asked for alone. */
  readonly work: (key: string, together: readonly Asked[]) => Promise<readonly Answer<Result>[]>;
  readonly maxTogether: number;
  /** One more is turned away at once. */
  readonly maxWaiting: number;
}

interface Waiting<Asked, Result> {
  readonly asked: Asked;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A line for each key, first come, first served. Who comes to an empty line is served at once; those that come meanwhile are
 * served together next. While the store stays away nobody waits for more than the one attempt.
 */
export class Line<Asked, Result> {
  private readonly lines = new Map<string, Waiting<Asked, Result>[]>();

  constructor(private readonly options: LineOptions<Asked, Result>) {}

  join(key: string, asked: Asked): Promise<Result> {
    return new Promise((resolve, reject) => {
      const line = this.lines.get(key);
      if (line !== undefined && line.length >= this.options.maxWaiting) {
        reject(new StoreUnavailableError(`Too many wait for ${key}.`, { cause: undefined }));
        return;
      }
      const waiting = { asked, resolve, reject };
      if (line !== undefined) line.push(waiting);
      else void this.serve(key, [waiting]);
    });
  }

  private async serve(key: string, first: Waiting<Asked, Result>[]): Promise<void> {
    const line = [...first];
    this.lines.set(key, line);
    while (line.length > 0) {
      const isAway = await this.serveTogether(key, line.splice(0, this.options.maxTogether));
      if (isAway !== undefined) for (const { reject } of line.splice(0)) reject(isAway);
    }
    this.lines.delete(key);
  }

  /** The error with which the store stayed away, if it did. */
  private async serveTogether(key: string, together: readonly Waiting<Asked, Result>[]): Promise<unknown> {
    try {
      const answers = await this.options.work(
        key,
        together.map(({ asked }) => asked),
      );
      together.forEach((waiting, place) => {
        settle(waiting, answers[place] ?? { error: new Error(`Nobody answered a request for ${key}.`) });
      });
      return undefined;
    } catch (error) {
      if (together.length > 1 && !isTransient(error)) return this.serveAlone(key, together);
      for (const { reject } of together) reject(error);
      return isTransient(error) ? error : undefined;
    }
  }

  private async serveAlone(key: string, each: readonly Waiting<Asked, Result>[]): Promise<unknown> {
    let isAway: unknown;
    for (const waiting of each) {
      if (isAway === undefined) isAway = await this.serveTogether(key, [waiting]);
      else waiting.reject(isAway);
    }
    return isAway;
  }
}

function settle<Asked, Result>({ resolve, reject }: Waiting<Asked, Result>, answer: Answer<Result>): void {
  if ('result' in answer) resolve(answer.result);
  else reject(answer.error);
}

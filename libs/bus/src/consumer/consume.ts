import type { EventPointer } from '../pointer.ts';
import type { Poke } from '../pokes.ts';
import { WakeableLoop } from '../wakeable-loop.ts';
import type { ConsumerOptions, ConsumerParts, ConsumerProblem, Consumption } from './consumer.ts';
import { StreamApplier } from './stream-applier.ts';
import { StreamRuns } from './stream-runs.ts';
import { sweep } from './sweep.ts';

const DEFAULT_SWEEP_EVERY_MS = 2_000;
const DEFAULT_CONCURRENCY = 8;
/** Pokes of more streams than so many are dropped while those are at work; delivery and sweep bring what they announced. */
const MAX_POKED = 1_000;

/**
 * Applies every event of the log to a handler: exactly once as far as the handler's own transaction goes, in the order of
 * each stream. Woken by pokes (fast), deliveries (sure, while the bus is up) and a sweep of the log (always). Any number of
 * replicas may consume under one name.
 */
export function consume<Rows>(parts: ConsumerParts<Rows>, options: ConsumerOptions<Rows>): Consumption {
  return new EventConsumer(parts, options);
}

class EventConsumer<Rows> implements Consumption {
  readonly ready: Promise<void>;
  readonly #options: ConsumerOptions<Rows>;
  readonly #applier: StreamApplier<Rows>;
  readonly #runs: StreamRuns;
  readonly #poked = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #sources: readonly { readonly stop: () => Promise<void> }[];

  constructor(parts: ConsumerParts<Rows>, options: ConsumerOptions<Rows>) {
    const { store, cursors, bus } = parts;
    this.#options = options;
    this.#applier = new StreamApplier({ store, cursors, options, signal: this.#stopping.signal });
    this.#runs = new StreamRuns(
      (stream) => this.#applier.apply(stream),
      options.concurrency ?? DEFAULT_CONCURRENCY,
    );
    const sweeping = this.#sweeping(parts);
    const deliveries = bus.deliver({
      service: options.service,
      onDelivery: (pointer) => this.#onDelivery(pointer),
      onProblem: (error) => this.#report({ kind: 'delivery', error }),
    });
    const pokes = bus.onPoke((poke) => this.#onPoke(poke), { group: options.service });
    this.ready = deliveries.ready;
    this.#sources = [pokes, deliveries, sweeping];
    sweeping.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error(`Consumer ${this.#options.service} is stopping.`));
    await Promise.all(this.#sources.map((source) => source.stop()));
    await this.#runs.idle();
  }

  #sweeping({ store, cursors }: ConsumerParts<Rows>): WakeableLoop {
    const { service, streamPrefix, sweepEveryMs = DEFAULT_SWEEP_EVERY_MS } = this.#options;
    const parts = {
      consumer: service,
      store,
      cursors: cursors as ConsumerParts<unknown>['cursors'],
      apply: (stream: string) => this.#runs.run(stream),
      ...(streamPrefix !== undefined && { streamPrefix }),
    };
    const round = async (signal: AbortSignal): Promise<number> => {
      await sweep(parts, signal).catch((error: unknown) => {
        if (!signal.aborted) this.#report({ kind: 'sweep', error });
      });
      return sweepEveryMs * (0.8 + 0.4 * Math.random());
    };
    return new WakeableLoop({ round });
  }

  #onPoke({ stream }: Poke): void {
    if (!this.#wants(stream) || (this.#poked.size >= MAX_POKED && !this.#poked.has(stream))) return;
    this.#poked.add(stream);
    this.#runs
      .run(stream, { isUrgent: true })
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.#report({ kind: 'delivery', stream, error });
      })
      .finally(() => this.#poked.delete(stream));
  }

  async #onDelivery({ stream, version }: EventPointer): Promise<void> {
    if (!this.#wants(stream)) return;
    // Mostly a poke came first: what it began is waited for. Otherwise only a run asks the database, as one of few and for all.
    await this.#runs.ended(stream);
    if (!this.#applier.hasSeen(stream, version)) await this.#runs.run(stream);
  }

  #wants(stream: string): boolean {
    const { streamPrefix } = this.#options;
    return streamPrefix === undefined || stream.startsWith(streamPrefix);
  }

  #report(problem: Omit<ConsumerProblem, 'consumer'>): void {
    this.#options.onProblem?.({ ...problem, consumer: this.#options.service });
  }
}

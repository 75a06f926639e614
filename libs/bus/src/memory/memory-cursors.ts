import { compareCursors, type FeedCursor, type StreamHead } from '@missions/event-store';
import type { Cursors, NewParkedPointer, ParkedPointer, Position, SweepMark } from '../cursors.ts';

interface Parked {
  readonly pointer: ParkedPointer;
  /** Where the sweep was when it was parked: it must come by again. */
  readonly sweptTo: FeedCursor | undefined;
}

/** Positions in memory; what a transaction moves counts at once, so a failing handler must throw before it moves. */
export class MemoryCursors implements Cursors {
  readonly #versions = new Map<string, number>();
  readonly #parked = new Map<string, Parked>();
  readonly #sweeps = new Map<string, SweepMark>();

  position(consumer: string, stream: string): Promise<Position> {
    const key = keyOf(consumer, stream);
    return Promise.resolve({
      version: this.#versions.get(key) ?? 0,
      parked: this.#parked.has(key),
    });
  }

  positionIn(_rows: unknown, consumer: string, stream: string): Promise<Position> {
    return this.position(consumer, stream);
  }

  move(_rows: unknown, consumer: string, { stream, version }: StreamHead): Promise<void> {
    this.#versions.set(keyOf(consumer, stream), version);
    return Promise.resolve();
  }

  park(_rows: unknown, pointer: NewParkedPointer): Promise<void> {
    this.#parked.set(keyOf(pointer.consumer, pointer.stream), {
      pointer: { ...pointer, parkedAt: new Date().toISOString() },
      sweptTo: this.#sweep(pointer.consumer).cursor,
    });
    return Promise.resolve();
  }

  behind(consumer: string, heads: readonly StreamHead[]): Promise<readonly string[]> {
    const late = heads.filter(({ stream, version }) => {
      const key = keyOf(consumer, stream);
      return !this.#parked.has(key) && (this.#versions.get(key) ?? 0) < version;
    });
    return Promise.resolve(late.map(({ stream }) => stream));
  }

  sweepMark(consumer: string): Promise<SweepMark> {
    return Promise.resolve(this.#sweep(consumer));
  }

  moveSweep(consumer: string, from: SweepMark, to: FeedCursor): Promise<void> {
    const { cursor, rewinds } = this.#sweep(consumer);
    if (cursor === from.cursor && rewinds === from.rewinds) {
      this.#sweeps.set(consumer, { cursor: to, rewinds });
    }
    return Promise.resolve();
  }

  listParked(consumer?: string): Promise<readonly ParkedPointer[]> {
    const pointers = [...this.#parked.values()].map(({ pointer }) => pointer);
    return Promise.resolve(
      pointers.filter((pointer) => consumer === undefined || pointer.consumer === consumer),
    );
  }

  resume(consumer: string, stream: string): Promise<ParkedPointer | undefined> {
    const key = keyOf(consumer, stream);
    const parked = this.#parked.get(key);
    if (!parked) return Promise.resolve(undefined);
    this.#parked.delete(key);
    const { cursor, rewinds } = this.#sweep(consumer);
    this.#sweeps.set(consumer, { cursor: earlier(cursor, parked.sweptTo), rewinds: rewinds + 1 });
    return Promise.resolve(parked.pointer);
  }

  #sweep(consumer: string): SweepMark {
    return this.#sweeps.get(consumer) ?? { cursor: undefined, rewinds: 0 };
  }
}

function earlier(a: FeedCursor | undefined, b: FeedCursor | undefined): FeedCursor | undefined {
  if (a === undefined || b === undefined) return undefined;
  return compareCursors(a, b) < 0 ? a : b;
}

function keyOf(consumer: string, stream: string): string {
  return JSON.stringify([consumer, stream]);
}

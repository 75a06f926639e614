import { randomUUID } from 'node:crypto';
import { eventAt } from './events.ts';
import type { PlainTable } from './plain-table.ts';

/** Commits of one plain row each, one after another: what any durable step costs at least. */
export class PlainCommits {
  readonly #stream = `floor-${randomUUID()}`;
  readonly #table: PlainTable;
  #made = 0;

  constructor(table: PlainTable) {
    this.#table = table;
  }

  async make(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.#made += 1;
      const place = { stream: this.#stream, version: this.#made };
      await this.#table.insert(place.stream, place.version, eventAt(place));
    }
  }
}

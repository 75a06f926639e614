import type { EventEnvelope } from '@missions/kernel';
import type { AppendResult, ReadOptions, StreamAppend } from '../event-store.ts';
import { envelopesBehind, prepareAppend, type PreparedAppend } from '../prepared-append.ts';
import type { SecretGuard } from '../secret-guard.ts';
import type { Upcast } from '../upcasting.ts';
import { envelopeOf, type EventRow } from '../stored-event.ts';
import { appendArguments, EVENT_COLUMNS } from './event-rows.ts';
import { appendErrorOf, isKnownId } from './postgres-faults.ts';
import { withFaults, type RunStatement, type Statement } from './postgres-session.ts';

const APPEND: Statement = {
  name: 'missions_append',
  text: 'select head, repeated from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};
const READ: Statement = {
  name: 'missions_read',
  text: `select ${EVENT_COLUMNS} from event where stream = $1 and version > $2 order by version limit $3`,
};
const HEAD: Statement = {
  name: 'missions_head',
  text: 'select version from event where stream = $1 order by version desc limit 1',
};
const BY_ID: Statement = {
  name: 'missions_by_id',
  text: `select ${EVENT_COLUMNS} from event where id = any($1) order by version`,
};

export interface EventStatementsOptions {
  readonly run: RunStatement;
  readonly upcast: Upcast;
  readonly guard: SecretGuard;
  /** Look for known ids before the insert: in a transaction of several statements, where a failed one would abort all. */
  readonly probe: boolean;
}

/** Reading and appending through one way of running statements: a pool's, or a transaction's. */
export class EventStatements {
  readonly #options: EventStatementsOptions;

  constructor(options: EventStatementsOptions) {
    this.#options = options;
  }

  async read(stream: string, { after = 0, limit }: ReadOptions = {}): Promise<readonly EventEnvelope[]> {
    const rows = await withFaults(this.#options.run<EventRow>(READ, [stream, after, limit ?? null]));
    return rows.map((row) => this.#options.upcast(envelopeOf(row)));
  }

  async head(stream: string): Promise<number> {
    const [row] = await withFaults(this.#options.run<{ version: number }>(HEAD, [stream]));
    return row?.version ?? 0;
  }

  async append(append: StreamAppend): Promise<AppendResult> {
    const prepared = prepareAppend(append, this.#options.guard);
    const { stream, events } = append;
    if (events.length === 0) {
      return { stream, version: await this.head(stream), events: [], repeated: false };
    }
    const { head, repeated } = await this.#written(prepared);
    if (repeated) return { stream, version: head, events: await this.#stored(prepared), repeated };
    return { stream, version: head, events: envelopesBehind(head - events.length, append), repeated };
  }

  async #written(prepared: PreparedAppend): Promise<{ head: number; repeated: boolean }> {
    try {
      return await this.#call(prepared, this.#options.probe);
    } catch (error) {
      if (this.#options.probe || !isKnownId(error)) throw appendErrorOf(error, prepared);
    }
    return this.#call(prepared, true).catch((error: unknown) => {
      throw appendErrorOf(error, prepared);
    });
  }

  async #call(prepared: PreparedAppend, probe: boolean): Promise<{ head: number; repeated: boolean }> {
    const rows = await this.#options.run<{ head: number; repeated: boolean }>(
      APPEND,
      appendArguments(prepared, probe),
    );
    const [row] = rows;
    if (!row) throw new Error(`append_events gave no row for ${prepared.stream}.`);
    return row;
  }

  async #stored(prepared: PreparedAppend): Promise<readonly EventEnvelope[]> {
    const ids = prepared.events.map(({ id }) => id);
    const rows = await withFaults(this.#options.run<EventRow>(BY_ID, [ids]));
    return rows.map((row) => this.#options.upcast(envelopeOf(row)));
  }
}

import type { EventEnvelope } from '@missions/kernel';
import type { AppendResult, ReadOptions, StreamAppend } from '../event-store.ts';
import { envelopesBehind, prepareAppend, type PreparedAppend } from '../prepared-append.ts';
import type { SecretGuard } from '../secret-guard.ts';
import type { Upcast } from '../upcasting.ts';
import { envelopeOf, type EventRow } from '../stored-event.ts';
import { APPEND, appendBeside } from './append-statements.ts';
import type { AppendTogether, Written } from './append-together.ts';
import { appendArguments, EVENT_COLUMNS } from './event-rows.ts';
import { appendErrorOf, isUniqueViolation } from './postgres-faults.ts';
import type { Statement } from '../prepared-text.ts';
import { withFaults, type RunStatement } from './postgres-session.ts';

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
  /** The fast way, where every statement commits by itself, so that one may fail and another be tried. */
  readonly together?: AppendTogether;
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
    const written = (await this.#appendedTogether(prepared)) ?? (await this.#appended(prepared));
    if (written.head === null) return this.#repeated(prepared);
    const { head, answer } = written;
    const appended = envelopesBehind(head - events.length, append);
    return { stream, version: head, events: appended, repeated: false, ...(prepared.beside && { answer }) };
  }

  /** The fast way; `undefined` when it does not apply or did not work out, in which case nothing was written. */
  async #appendedTogether(prepared: PreparedAppend): Promise<Written | undefined> {
    const { together } = this.#options;
    if (!together || (prepared.events.length > 1 && !prepared.beside)) return undefined;
    return together.append(prepared).catch((error: unknown) => {
      throw appendErrorOf(error, prepared);
    });
  }

  async #appended(prepared: PreparedAppend): Promise<Written> {
    const autocommit = this.#options.together !== undefined;
    try {
      return await this.#general(prepared, { probe: !autocommit });
    } catch (error) {
      if (!autocommit || !isUniqueViolation(error)) throw appendErrorOf(error, prepared);
    }
    return this.#general(prepared, { probe: true }).catch((error: unknown) => {
      throw appendErrorOf(error, prepared);
    });
  }

  async #general(prepared: PreparedAppend, { probe }: { probe: boolean }): Promise<Written> {
    const { beside } = prepared;
    const values = [...appendArguments(prepared), probe];
    const [row] = beside
      ? await this.#options.run<Written>(appendBeside(beside.call), [...values, beside.argument])
      : await this.#options.run<Written>(APPEND, values);
    return row ?? { head: null };
  }

  async #repeated({ stream, events }: PreparedAppend): Promise<AppendResult> {
    const ids = events.map(({ id }) => id);
    const rows = await withFaults(this.#options.run<EventRow>(BY_ID, [ids]));
    const stored = rows.map((row) => this.#options.upcast(envelopeOf(row)));
    return { stream, version: stored.at(-1)?.version ?? 0, events: stored, repeated: true };
  }
}

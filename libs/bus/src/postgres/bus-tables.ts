import type { ColumnType, Generated } from 'kysely';

/** The tables of `0002_bus.sql`. */
export interface BusTables {
  readonly bus_cursor: BusCursorTable;
  readonly bus_sweep: BusSweepTable;
  readonly parked: ParkedTable;
}

export interface BusCursorTable {
  readonly consumer: string;
  readonly stream: string;
  readonly version: number;
}

export interface BusSweepTable {
  readonly consumer: string;
  readonly cursor: string | null;
  readonly rewinds: Generated<number>;
}

export interface ParkedTable {
  readonly consumer: string;
  readonly stream: string;
  readonly version: number;
  readonly tries: number;
  readonly error: string;
  readonly parked_at: ColumnType<Date, never, never>;
  readonly swept_to: string | null;
}

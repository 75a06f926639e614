export * from './bus-tables.ts';
export * from './postgres-cursors.ts';
export * from './postgres-leadership.ts';

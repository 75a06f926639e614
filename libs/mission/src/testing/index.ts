export * from './conclusions.ts';
export * from './history.ts';
export * from './mission.builders.ts';
export * from './recorded.ts';

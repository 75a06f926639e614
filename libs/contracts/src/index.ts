export * from './cloud-event.ts';
export * from './http/commands.ts';
export * from './mission-command.ts';
export * from './public-event-names.ts';

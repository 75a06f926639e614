export * from './fault.ts';
export * from './messages-api-server.ts';

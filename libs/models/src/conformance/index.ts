export * from './chat-completions-server.ts';
export * from './chat-dialect.ts';
export * from './fault.ts';
export * from './messages-api-server.ts';
export * from './manual-time.ts';

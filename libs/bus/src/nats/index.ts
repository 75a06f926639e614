export * from './connect-bus.ts';

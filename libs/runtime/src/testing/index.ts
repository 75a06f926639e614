export * from './host-stage.ts';

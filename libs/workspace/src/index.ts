export * from './sandbox.ts';
export * from './sandbox-egress.ts';
export * from './sandbox-files.ts';
export * from './sandbox-layers.ts';
export * from './sandbox-model-endpoints.ts';
export * from './mission-repositories.ts';
export * from './mission-repository.ts';
export * from './secret-scan.ts';

import { workspaceFolders } from './tools/workspaces.mjs';
import { swcOptions } from './tools/swc-options.mjs';

/** Native ESM, sources instead of dist: the `@missions/source` condition leads every internal import to src. */
const project = (folder, testMatch) => ({
  displayName: folder,
  rootDir: `<rootDir>/${folder}`,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@missions/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  testMatch,
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/out-tsc/'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swcOptions, sourceMaps: 'inline' }] },
});

export default {
  projects: [
    ...workspaceFolders().map((folder) => project(folder, ['<rootDir>/src/**/*.spec.ts'])),
    project('tools', ['<rootDir>/**/*.spec.ts']),
  ],
  reporters: ['default', '<rootDir>/tools/summary-reporter.mjs'],
  globalSetup: '<rootDir>/libs/testing/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/jest/global-teardown.mjs',
  // Generous: a test that waits has a limit of its own, and this one must hold on a machine that is busy with others.
  testTimeout: 90_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '768MB',
};

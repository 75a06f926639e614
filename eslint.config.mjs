import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layerConstraints } from './tools/layers.mjs';

const tests = ['**/*.spec.ts', '**/conformance/**/*.ts', 'libs/testing/**/*.ts', 'e2e/**/*.ts'];
const wiring = [
  '**/*.module.ts',
  '**/main.ts',
  '**/main/**/*.ts',
  '**/bootstrap/**/*.ts',
  '**/wiring/**/*.ts',
];
// The last one runs inside a sandbox session, to see what leaked into it.
const environment = [
  '**/main.ts',
  '**/config/**/*.ts',
  '**/config.ts',
  '**/*.config.ts',
  'libs/workspace/src/sandbox/inside/**/*.ts',
];

const nodeGlobals = Object.fromEntries(
  Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']),
);

const adapters = {
  group: ['postgres', 'nats', 'anthropic', 'git', 'sandbox'].map((name) => `@missions/*/${name}`),
  message: 'Only wiring, tests and libs/testing choose an adapter; depend on the port.',
};
const defaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a thing has one name everywhere.',
};
const environmentRead = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'The environment is read once, in main.ts or config; take the value as an argument.',
};

const boundaries = (depConstraints) => [
  'error',
  {
    allow: [],
    depConstraints,
    // Specs of a lib use libs/testing, which is built on that lib; sources never do (see layers.mjs).
    ignoredCircularDependencies: [['@missions/testing', '*']],
    // A library may be loaded late in one place, to keep a start fast, and at once in another.
    checkDynamicDependenciesExceptions: ['@missions/*', '@missions/**'],
  },
];

export default defineConfig(
  {
    ignores: ['**/dist/**', '**/out-tsc/**', '**/node_modules/**', '.nx/**', 'coverage/**'],
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['services/*/web/vite.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(layerConstraints),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/require-array-sort-compare': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Nest's option bags are classes that are passed by their type.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [adapters] }],
      'no-restricted-syntax': ['error', defaultExport, environmentRead],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: [...wiring, 'libs/runtime/**/*.ts', 'infra/local/**/*.ts', 'bench/**/*.ts', ...tests],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: [...environment, ...tests, 'tools/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', defaultExport] },
  },
  {
    files: ['**/*.mjs'],
    extends: [eslint.configs.recommended],
    languageOptions: { globals: nodeGlobals },
    rules: { 'max-lines': ['error', 300], 'max-lines-per-function': ['error', 40] },
  },
  {
    files: ['**/vite.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: tests,
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries([{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }]),
      'max-lines': 'off',
    },
  },
);

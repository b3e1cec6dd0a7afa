import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Imports between packages point one way:
 * proto <- services/runtime <- {queue, inventory, ledger, bff, worker}; deploy puts all of them together.
 * Services meet by RPC alone. The worker is the Queue's second program, and the BFF uses the Queue's published client.
 */
const mayImport = {
  proto: ['proto/'],
  'services/runtime': ['proto/', 'runtime/'],
  'services/queue': ['proto/', 'runtime/', 'queue/'],
  'services/inventory': ['proto/', 'runtime/', 'inventory/'],
  'services/ledger': ['proto/', 'runtime/', 'ledger/'],
  worker: ['proto/', 'runtime/', 'queue/'],
  bff: ['proto/', 'runtime/', 'queue/position-board'],
};

const boundaries = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  // Tests start the real neighbours.
  ignores: ['**/test/**', '**/testing/**', '**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^@boxoffice/(?!${allowed.join('|')})`,
            message: `${folder} may import only ${allowed.map((name) => `@boxoffice/${name}`).join(', ')} of ours.`,
          },
          {
            regex: '^(\\.\\./)+(proto|services|runtime|queue|inventory|ledger|bff|worker|deploy)/',
            message: 'Import another package by its name, @boxoffice/…, not by its path.',
          },
        ],
      },
    ],
  },
}));

export default defineConfig([
  globalIgnores(['**/node_modules/', 'proto/gen/', 'proto/.deps/', '.boxoffice/', '.boxoffice-test/', 'coverage/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers and ids read well in messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An async function without await still turns a throw into a rejection, which its callers count on.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreUsingDeclarations: true }],
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
  },
  // These talk to a person on a terminal.
  {
    files: [
      'deploy/local/**',
      'deploy/bench/**',
      'deploy/check/check.ts',
      'deploy/check/queries/check-queries.ts',
      'deploy/backup/restored.ts',
      'deploy/simulate/simulate.ts',
      'deploy/backup/restored.ts',
      'deploy/simulate/simulate.ts',
      'deploy/kubernetes/overlays/demo/*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  ...boundaries,
]);

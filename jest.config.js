/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{proto,services,bff,worker,deploy}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/gen/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  globalSetup: '<rootDir>/services/runtime/testing/global-setup.ts',
  globalTeardown: '<rootDir>/services/runtime/testing/global-teardown.ts',
  // Two cores: one for the tests, one for the PostgreSQL they talk to.
  maxWorkers: 2,
  testTimeout: 30_000,
};

/** @type {import('jest').Config} */
export default {
  // Without node_modules of the root, whose forty thousand files nobody has to look through.
  roots: ['proto', 'services', 'bff', 'worker', 'deploy'].map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/gen/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': '<rootDir>/services/runtime/testing/strip-types.js',
  },
  globalSetup: '<rootDir>/services/runtime/testing/global-setup.ts',
  globalTeardown: '<rootDir>/services/runtime/testing/global-teardown.ts',
  // Two cores: while one file waits for a lease or a program to end, two others have them.
  maxWorkers: 3,
  testSequencer: '<rootDir>/services/runtime/testing/slow-first.js',
  testTimeout: 30_000,
};

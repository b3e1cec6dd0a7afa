/** @type {import('jest').Config} */
export default {
  // Runs test files as Node runs programs: see services/runtime/testing/tests.ts.
  runner: 'jest-light-runner',
  // Without node_modules of the root, whose forty thousand files nobody has to look through.
  roots: ['proto', 'services', 'bff', 'worker', 'deploy'].map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/gen/'],
  transform: {},
  globalSetup: '<rootDir>/services/runtime/testing/global-setup.ts',
  globalTeardown: '<rootDir>/services/runtime/testing/global-teardown.ts',
  // Two cores: while two files wait for a lease or a program to end, two others have them.
  maxWorkers: 4,
  testSequencer: '<rootDir>/services/runtime/testing/slow-first.js',
};

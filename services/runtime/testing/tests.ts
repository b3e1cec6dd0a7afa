import type * as Globals from '@jest/globals';

type Runner = Pick<
  typeof Globals,
  'afterAll' | 'afterEach' | 'beforeAll' | 'beforeEach' | 'describe' | 'expect' | 'jest' | 'test'
>;

/**
 * What tests are written with. The runner runs a test file as a program is run, without a context of its own for each: its
 * modules are loaded once for all files of a thread, by Node itself, which saves a third of the time of all tests. It does
 * not end what takes too long; so that is done here.
 */
const runner = globalThis as unknown as Runner;

const limitDefaultMs = 30_000;

type Work = (...values: never[]) => unknown;
type Register = (name: string, work: Work, limitMs?: number) => void;
type RegisterHook = (work: Work, limitMs?: number) => void;

function limited(work: Work, limitMs = limitDefaultMs): Work {
  return async (...values) => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`it is not over after ${limitMs} ms`)), limitMs);
    try {
      return await Promise.race([work(...values), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function limitedTest(register: unknown): Register {
  return (name, work, limitMs) => (register as Register)(name, limited(work, limitMs));
}

function limitedHook<Hook>(register: Hook): Hook {
  const hook: RegisterHook = (work, limitMs) => (register as RegisterHook)(limited(work, limitMs));
  return hook as Hook;
}

export const { describe, expect, jest } = runner;
export const test = Object.assign(limitedTest(runner.test), {
  skip: limitedTest(runner.test.skip),
  only: limitedTest(runner.test.only),
  each: (rows: readonly unknown[]) => limitedTest(runner.test.each(rows as readonly object[])),
}) as unknown as Runner['test'];
export const beforeAll = limitedHook(runner.beforeAll);
export const beforeEach = limitedHook(runner.beforeEach);
export const afterEach = limitedHook(runner.afterEach);
export const afterAll = limitedHook(runner.afterAll);

import { expect, test } from '@jest/globals';

import { admissionsPerSecond, estimatedWaitSeconds, type PaceRow } from '../estimate.ts';
import { stateAfter } from '../queue-state.ts';

const pace: PaceRow = { state: 'OPEN', admit_count: 0, admit_interval_ms: 0, admitted: 120, seconds: 60 };

test('the pace is what was observed, a burst counting as ten seconds at least', () => {
  expect(admissionsPerSecond(pace)).toBe(2);
  expect(admissionsPerSecond({ ...pace, admitted: 100, seconds: 0.1 })).toBe(10);
});

test('the pace is never more than the policy allows', () => {
  expect(admissionsPerSecond({ ...pace, admit_count: 5, admit_interval_ms: 10_000 })).toBe(0.5);
});

test('nothing is said of a queue that does not admit, or has not for minutes', () => {
  for (const state of ['SCHEDULED', 'PAUSED', 'CLOSED'] as const) {
    expect(admissionsPerSecond({ ...pace, state })).toBeUndefined();
  }
  expect(admissionsPerSecond({ ...pace, admitted: 0, seconds: null })).toBeUndefined();
  expect(estimatedWaitSeconds(5, undefined)).toBeUndefined();
});

test('a wait is in whole seconds, rounded up', () => {
  expect(estimatedWaitSeconds(0, 10)).toBe(1);
  expect(estimatedWaitSeconds(9, 3)).toBe(4);
});

test('commands lead from state to state', () => {
  expect(stateAfter('pause', 'SCHEDULED', false)).toBe('PAUSED');
  expect(stateAfter('pause', 'OPEN', true)).toBe('PAUSED');
  expect(stateAfter('resume', 'PAUSED', true)).toBe('OPEN');
  expect(stateAfter('resume', 'PAUSED', false)).toBe('SCHEDULED');
  expect(stateAfter('resume', 'SCHEDULED', false)).toBe('SCHEDULED');
  expect(stateAfter('close', 'PAUSED', true)).toBe('CLOSED');
  expect(stateAfter('pause', 'CLOSED', true)).toBeUndefined();
  expect(stateAfter('resume', 'CLOSED', true)).toBeUndefined();
  expect(stateAfter('close', 'CLOSED', true)).toBe('CLOSED');
});

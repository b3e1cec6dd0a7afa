import { spawnSync } from 'node:child_process';

import { expect, test } from '@boxoffice/runtime/testing/tests';

import { nodeFlags } from '../node-flags.ts';

test('Node takes the flags for a few cores', () => {
  const flags = nodeFlags(2);
  const script = 'console.log(v8.getHeapStatistics().heap_size_limit > 0)';
  const { status, stdout } = spawnSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' });
  expect([flags.length, status, stdout.trim()]).toEqual([2, 0, 'true']);
});

test('many cores need none', () => {
  expect(nodeFlags(16)).toEqual([]);
});

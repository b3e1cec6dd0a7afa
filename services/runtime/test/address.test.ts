import { expect, test } from '@boxoffice/runtime/testing/tests';

import { countedAddress, plainAddress } from '../address.ts';

test.each([
  ['', undefined],
  ['nonsense', undefined],
  ['1.2.3.4:80', undefined],
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::', '0:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5::', '2001:db8:1:2::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
  ['1::', '1:0:0:0::/64'],
  ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
])('%p counts as %p', (address, counted) => {
  const plain = plainAddress(address);
  expect(plain === undefined ? undefined : countedAddress(plain)).toBe(counted);
});

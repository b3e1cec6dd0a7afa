import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { clientAddressOf } from '../http/client-address.ts';

function address(peer: string | undefined, header: string | undefined, trustedProxies: number): string | undefined {
  const headers = header === undefined ? {} : { 'x-forwarded-for': header };
  return clientAddressOf({ headers, socket: peer === undefined ? {} : { remoteAddress: peer } }, trustedProxies);
}

describe('the address of a client', () => {
  test.each([
    ['the peer', '198.51.100.1', undefined, 0, '198.51.100.1'],
    ['the peer, whatever it claims, when no proxy is trusted', '198.51.100.1', '203.0.113.9', 0, '198.51.100.1'],
    ['an IPv4 address that was mapped', '::ffff:198.51.100.1', undefined, 0, '198.51.100.1'],
    ['an IPv6 address, without its zone', 'fe80::1%eth0', undefined, 0, 'fe80::1'],
    ['what the one proxy saw', '10.0.0.1', '203.0.113.9', 1, '203.0.113.9'],
    ['not what the client wrote itself', '10.0.0.1', '1.2.3.4, 203.0.113.9', 1, '203.0.113.9'],
    ['what the outer of two proxies saw', '10.0.0.1', '1.2.3.4, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
    ['an address with a port', '10.0.0.1', '203.0.113.9:4711', 1, '203.0.113.9'],
    ['an IPv6 address with a port', '10.0.0.1', '[2001:db8::1]:4711', 1, '2001:db8::1'],
    ['a mapped address in the header', '10.0.0.1', '::ffff:203.0.113.9', 1, '203.0.113.9'],
    ['the peer when the header is missing', '10.0.0.1', undefined, 1, '10.0.0.1'],
    ['the peer when the header is too short', '10.0.0.1', '203.0.113.9', 2, '10.0.0.1'],
    ['the peer when the header is nonsense', '10.0.0.1', ',,;drop table, ☃', 1, '10.0.0.1'],
    ['the peer when the entry is hidden', '10.0.0.1', 'unknown', 1, '10.0.0.1'],
    ['unknown when the connection is gone', undefined, undefined, 0, undefined],
  ])('is %s', (_, peer, header, trustedProxies, expected) => {
    expect(address(peer, header, trustedProxies)).toBe(expected);
  });
});

import { isIP, isIPv6 } from 'node:net';

const mappedPattern = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An IP address in its plain form, IPv4 never mapped into IPv6, without a zone; undefined when the text is none. */
export function plainAddress(text: string): string | undefined {
  const [unzoned = ''] = text.split('%');
  const address = mappedPattern.exec(unzoned)?.[1] ?? unzoned;
  return isIP(address) === 0 ? undefined : address;
}

/**
 * What a client is counted by, of a plain address: an IPv4 address itself, of an IPv6 address its /64 network, since one
 * subscriber has all of that.
 */
export function countedAddress(address: string): string {
  return isIPv6(address) ? networkOf(address) : address;
}

function networkOf(address: string): string {
  // Written in the one way that a URL has: lower case, no leading zeros, one `::` at most.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros: string[] = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

import { isIPv4, isIPv6 } from 'node:net';

const mappedPattern = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The address that the tickets of a client are counted by, as `inet` takes it: an IPv4 address itself, of an IPv6 address
 * its /64 network, since one subscriber has all of that. Null for an empty text: unknown.
 */
export function countedAddress(address: string): string | null {
  const plain = mappedPattern.exec(address)?.[1] ?? address;
  if (isIPv4(plain)) return plain;
  return isIPv6(plain) ? `${networkOf(plain)}/64` : null;
}

/** The first four groups of an IPv6 address, the others zero. */
function networkOf(address: string): string {
  const [unzoned = ''] = address.split('%');
  const [head = '', tail] = unzoned.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  if (tail === undefined) return `${front.slice(0, 4).join(':')}::`;
  const back = groups(tail);
  // An IPv4 address at the end stands for two groups.
  const width = back.length + (back.at(-1)?.includes('.') === true ? 1 : 0);
  const zeros: string[] = Array.from({ length: Math.max(0, 8 - front.length - width) }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::`;
}

import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';

const mappedPattern = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
// `203.0.113.7:4711`, as some proxies write it.
const portPattern = /^(\d+\.\d+\.\d+\.\d+):\d+$/;
// `[2001:db8::1]` and `[2001:db8::1]:4711`.
const bracketPattern = /^\[([^\]]+)\](?::\d+)?$/;

/**
 * Who calls, by address: an IPv4 address as such, never mapped into IPv6. That is the peer of the connection, or, behind so
 * many trusted proxies, what the outermost of them saw: the n-th entry from the right of `X-Forwarded-For`. What stands
 * further to the left, the client may have written itself.
 *
 * Where the header is shorter than that or has no address in that place, the call has not come through all the proxies: it
 * counts as the peer's. Undefined when the connection is gone.
 */
export function clientAddressOf(
  {
    headers,
    socket,
  }: Pick<IncomingMessage, 'headers'> & { readonly socket: { readonly remoteAddress?: string | undefined } },
  trustedProxies: number,
): string | undefined {
  const forwarded = trustedProxies > 0 ? forwardedAddress(headers['x-forwarded-for'], trustedProxies) : undefined;
  return forwarded ?? plainAddress(socket.remoteAddress ?? '');
}

/** The address that a client is limited by: of an IPv6 address its /64 network, since one subscriber has all of that. */
export function limitedAddress(address: string): string {
  return isIPv6(address) ? networkOf(address) : address;
}

// Node joins repeated headers of this name with commas.
function forwardedAddress(header: string | readonly string[] | undefined, fromRight: number): string | undefined {
  const entries = String(header ?? '').split(',');
  return plainAddress(entries.at(-fromRight)?.trim() ?? '');
}

function plainAddress(text: string): string | undefined {
  const bare = bracketPattern.exec(text)?.[1] ?? portPattern.exec(text)?.[1] ?? text;
  const [unzoned = ''] = bare.split('%');
  const address = mappedPattern.exec(unzoned)?.[1] ?? unzoned;
  return isIP(address) === 0 ? undefined : address;
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

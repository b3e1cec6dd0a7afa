import type { IncomingMessage } from 'node:http';
import { plainAddress } from '@boxoffice/runtime/address';

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

// Node joins repeated headers of this name with commas.
function forwardedAddress(header: string | readonly string[] | undefined, fromRight: number): string | undefined {
  const entries = String(header ?? '').split(',');
  return addressIn(entries.at(-fromRight)?.trim() ?? '');
}

function addressIn(text: string): string | undefined {
  return plainAddress(bracketPattern.exec(text)?.[1] ?? portPattern.exec(text)?.[1] ?? text);
}

import { isIPv4, isIPv6 } from 'node:net';

const schemePattern = /^(?:dns|ipv4|ipv6|unix):(?!\d+$)./;
const portMax = 65_535;

interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads where a gRPC service is: `host:port` (DNS, all addresses of the host), numeric addresses separated by commas, or
 * a target with a scheme of its own, such as `dns:///headless:50051`. A list becomes an `ipv4:` or `ipv6:` target.
 *
 * @throws Error that says what is wrong: of names only one can be a target, since each has addresses of its own.
 */
export function readTarget(text: string): string {
  if (schemePattern.test(text)) return text;
  const parts = text.split(',').map((part) => part.trim());
  const addresses = parts.map(hostAndPort);
  if (parts.length === 1) return text;
  if (addresses.every(({ host }) => isIPv4(host))) return `ipv4:${parts.join(',')}`;
  if (addresses.every(({ host }) => isIPv6(host))) return `ipv6:${parts.join(',')}`;
  throw new Error(
    'lists more than numeric addresses of one kind: of several servers, give all IPv4 or all IPv6 addresses, or one name that has them all',
  );
}

function hostAndPort(part: string): HostAndPort {
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(part) ?? [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  if (host === undefined || port === 0 || port > portMax || (inBrackets !== undefined && !isIPv6(inBrackets))) {
    throw new Error('is not host:port, nor such addresses separated by commas, nor a target such as dns:///host:port');
  }
  return { host, port };
}

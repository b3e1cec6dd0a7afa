import { Code, ConnectError } from '@connectrpc/connect';
import type { Metadata } from '@grpc/grpc-js';

// What the protocol itself writes, or HTTP/2 forbids. `grpc-` is reserved as a whole.
const protocolHeaders = new Set(['connection', 'content-length', 'content-type', 'host', 'te', 'user-agent']);

/**
 * Turns gRPC metadata into headers. Binary values (`-bin` keys) become base64, which `decodeBinaryHeader` of Connect
 * reads; several values of a key are joined with `, `.
 */
export function headersFromMetadata(metadata: Metadata): Headers {
  return new Headers(entriesOf(metadata));
}

/** The entries of {@link headersFromMetadata}, for whoever makes the headers. */
export function entriesOf(metadata: Metadata): [string, string][] {
  const entries: [string, string][] = [];
  for (const [key, value] of Object.entries(metadata.toHttp2Headers())) {
    for (const one of Array.isArray(value) ? value : [value]) {
      entries.push([key, String(one)]);
    }
  }
  return entries;
}

/**
 * Adds headers to gRPC metadata; headers of the protocol itself are left out.
 *
 * @throws ConnectError INTERNAL when a value has characters that gRPC metadata cannot carry.
 */
export function addHeaders(metadata: Metadata, headers: Headers): Metadata {
  for (const [key, value] of headers) {
    if (protocolHeaders.has(key) || key.startsWith('grpc-')) {
      continue;
    }
    try {
      if (key.endsWith('-bin')) {
        value.split(',').forEach((part) => metadata.add(key, Buffer.from(part.trim(), 'base64')));
      } else {
        metadata.add(key, value);
      }
    } catch (cause) {
      throw new ConnectError(
        `gRPC metadata cannot carry the value of ${key}`,
        Code.Internal,
        undefined,
        undefined,
        cause,
      );
    }
  }
  return metadata;
}

/** How large metadata is as HTTP/2 counts it: names, values, and 32 bytes for each entry. */
export function metadataBytes(entries: readonly (readonly [string, string])[]): number {
  return entries.reduce((sum, [key, value]) => sum + key.length + value.length + 32, 0);
}

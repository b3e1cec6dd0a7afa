import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { refuse } from '@boxoffice/runtime/error';
import { isJsonObject, parseJson, type Json, type JsonObject } from './json.ts';
import { WebError } from '../http/web-error.ts';

/** The largest body, as sent and after decompression. */
export const bodyBytesMax = 64 * 1024;

const readAhead = new WeakMap<IncomingMessage, Buffer>();

/** Gives a body back that has been read from its request, whole: it will be read from there. */
export function putBack(req: IncomingMessage, body: Buffer): void {
  readAhead.set(req, body);
}

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const decompressors: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

const contentType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i;

/**
 * Reads the body of a request as a JSON object; no body at all is an empty object.
 *
 * Not by a body parser: those lose the digits of large numbers, take half a character for a whole one, and answer a
 * broken gzip with a 500.
 *
 * @throws WebError BODY_TOO_LARGE, CONTENT_UNSUPPORTED.
 * @throws ServiceError REQUEST_INVALID when it is no JSON object.
 */
export async function readJsonBody(req: IncomingMessage): Promise<JsonObject> {
  const sent = await readBytes(req);
  if (sent.length === 0) {
    return {};
  }
  const type = req.headers['content-type'] ?? '';
  if (!contentType.test(type)) {
    throw new WebError('CONTENT_UNSUPPORTED', 'the body has to be application/json in UTF-8', {
      headers: { Accept: 'application/json' },
    });
  }
  const text = decode(await decompress(sent, req.headers['content-encoding']));
  const value = parse(text);
  if (!isJsonObject(value)) {
    throw malformed('it has to be an object');
  }
  return value;
}

async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const known = readAhead.get(req);
  if (known !== undefined) {
    return known;
  }
  const length = Number(req.headers['content-length'] ?? 0);
  if (length > bodyBytesMax) {
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Left undestroyed: the answer still has to go out on this connection.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > bodyBytesMax) {
        throw tooLarge();
      }
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof WebError) {
      throw error;
    }
    throw malformed('it ended early', error);
  }
  return Buffer.concat(chunks, bytes);
}

async function decompress(bytes: Buffer, encoding = 'identity'): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity') {
    return bytes;
  }
  const decompressor = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined;
  if (decompressor === undefined) {
    throw new WebError('CONTENT_UNSUPPORTED', 'the body can be compressed with gzip, deflate or br', {
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    });
  }
  try {
    return await decompressor(bytes, { maxOutputLength: bodyBytesMax });
  } catch (error) {
    if (isTooLarge(error)) {
      throw tooLarge();
    }
    throw malformed(`it is not what ${name} writes`, error);
  }
}

function isTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw malformed('it is not UTF-8', error);
  }
}

function parse(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw malformed('it is not JSON', error);
  }
}

function tooLarge(): WebError {
  return new WebError('BODY_TOO_LARGE', `the body has more than ${bodyBytesMax} bytes`);
}

function malformed(description: string, cause?: unknown): Error {
  const violations = [{ field: 'body', description }];
  return refuse('REQUEST_INVALID', `the body is malformed: ${description}`, { violations, cause });
}

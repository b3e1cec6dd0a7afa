import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** How bytes are sent. */
export type Encoding = 'br' | 'gzip' | 'identity';

/** The encodings to choose from, the best one first. */
export const encodings: readonly Encoding[] = ['br', 'gzip', 'identity'];

// Nearly what the best quality makes of texts like these, at a tenth of its time.
const brotliQuality = 8;

/** A text that is served from memory. Compressed when it is first asked for, on another thread, and kept. */
export class ServedFile {
  readonly type: string;
  readonly etag: string;
  readonly #text: string;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(type: string, text: string) {
    this.type = type;
    this.#text = text;
    // Weak, since it is the same for all encodings.
    this.etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  }

  /** The bytes to send. */
  bytes(encoding: Encoding): Promise<Buffer> {
    let bytes = this.#encoded.get(encoding);
    if (bytes === undefined) {
      bytes = encode(Buffer.from(this.#text), encoding);
      this.#encoded.set(encoding, bytes);
    }
    return bytes;
  }
}

async function encode(text: Buffer, encoding: Encoding): Promise<Buffer> {
  switch (encoding) {
    case 'br':
      return brotliAsync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } });
    case 'gzip':
      return gzipAsync(text);
    case 'identity':
      return text;
  }
}

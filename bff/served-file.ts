import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from './request/context.ts';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** How bytes are sent. */
export type Encoding = 'br' | 'gzip' | 'identity';

// The best one first.
const encodings: readonly Encoding[] = ['br', 'gzip', 'identity'];

// Nearly what the best quality makes of texts like these, at a tenth of its time; for large ones a bit less, at a third of that.
const brotliQuality = 8;
const largeBytes = 256 * 1024;
const brotliQualityOfLarge = 5;

/** Something that is the same for everybody and served from memory. Compressed when it is first asked for, on another thread, and kept. */
export class ServedFile {
  readonly type: string;
  readonly etag: string;
  readonly #content: Buffer;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  /** @param type its content type. */
  constructor(type: string, content: string | Buffer) {
    this.type = type;
    this.#content = Buffer.from(content);
    // Weak, since it is the same for all encodings.
    this.etag = `W/"${createHash('sha256').update(this.#content).digest('base64url').slice(0, 22)}"`;
  }

  /** Answers with it, or with 304 where the caller has it already; `headers` go along with both. */
  async send(ctx: Context, headers: Readonly<Record<string, string>>): Promise<void> {
    ctx.status = 200;
    ctx.vary('Accept-Encoding');
    ctx.set({ ...headers, ETag: this.etag });
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    const encoding = encodings.find((each) => ctx.acceptsEncodings(each) !== false) ?? 'identity';
    if (encoding !== 'identity') {
      ctx.set('Content-Encoding', encoding);
    }
    ctx.set('Content-Type', this.type);
    ctx.body = await this.bytes(encoding);
  }

  /** The bytes to send. */
  bytes(encoding: Encoding): Promise<Buffer> {
    let bytes = this.#encoded.get(encoding);
    if (bytes === undefined) {
      bytes = encode(this.#content, encoding);
      this.#encoded.set(encoding, bytes);
    }
    return bytes;
  }
}

async function encode(content: Buffer, encoding: Encoding): Promise<Buffer> {
  const quality = content.length > largeBytes ? brotliQualityOfLarge : brotliQuality;
  switch (encoding) {
    case 'br':
      return brotliAsync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
    case 'gzip':
      return gzipAsync(content);
    case 'identity':
      return content;
  }
}

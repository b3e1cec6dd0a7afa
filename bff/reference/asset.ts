import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from '../context.ts';

const compress = promisify(gzip);

/** Bytes that are the same for everybody: made once, compressed once. */
export class Asset {
  readonly #type: string;
  readonly #bytes: Buffer;
  readonly #tag: string;
  readonly #headers: Readonly<Record<string, string>>;
  #compressed: Promise<Buffer> | undefined;

  /**
   * @param type its content type.
   * @param headers of every answer with it.
   */
  constructor(type: string, bytes: Buffer, headers: Readonly<Record<string, string>>) {
    this.#type = type;
    this.#bytes = bytes;
    this.#tag = createHash('sha1').update(bytes).digest('base64url');
    this.#headers = headers;
  }

  /** Answers with it, or with 304 where the caller has it already. */
  async send(ctx: Context): Promise<void> {
    const isCompressed = ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
    ctx.status = 200;
    ctx.vary('Accept-Encoding');
    ctx.set({ 'Content-Type': this.#type, ...this.#headers });
    // Other bytes, another tag.
    ctx.set('ETag', `"${this.#tag}${isCompressed ? '-gzip' : ''}"`);
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    if (isCompressed) {
      ctx.set('Content-Encoding', 'gzip');
      this.#compressed ??= compress(this.#bytes);
      ctx.body = await this.#compressed;
    } else {
      ctx.body = this.#bytes;
    }
  }
}

/** Makes something once, and again only where that failed. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}

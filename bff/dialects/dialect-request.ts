import { refuse } from '@boxoffice/runtime/error';
import { bearerOf } from '../caller/bearer.ts';
import type { Context } from '../request/context.ts';
import { Fields } from '../request/fields.ts';
import type { JsonObject } from '../request/json.ts';
import { isMemberId } from '../caller/member-id.ts';
import { memberOf } from '../caller/member.ts';
import { queryText } from '../request/parameters.ts';
import type { QueueToken, QueueTokens } from '../caller/queue-token.ts';

const int64Max = 2n ** 63n - 1n;
const idPattern = /^[1-9][0-9]{0,18}$/;

/**
 * A request as the routes of a dialect read it: fields of path, query and body by name and type, all of them required unless
 * they are called optional, and the queue token. What is wrong is collected, and told by {@link done} or by the next token
 * that is read.
 */
export class DialectRequest {
  readonly #ctx: Context;
  readonly #tokens: QueueTokens;
  readonly #object: JsonObject;
  readonly #body: Fields;

  constructor(ctx: Context, body: JsonObject, tokens: QueueTokens) {
    this.#ctx = ctx;
    this.#object = body;
    this.#tokens = tokens;
    this.#body = new Fields(body);
  }

  /** An id in the path. */
  idInPath(name: string): bigint {
    return this.#idOf(name, this.#ctx.params[name]);
  }

  /** An id in the query. */
  idInQuery(name: string): bigint {
    return this.#idOf(name, queryText(this.#ctx, name));
  }

  /** An id in the body: a whole number. */
  id(name: string): bigint {
    return this.optionalId(name) ?? this.#missing(name, 0n);
  }

  /** An id in the body; undefined when it is not there. */
  optionalId(name: string): bigint | undefined {
    const id = this.#body.integer(name);
    if (id !== undefined && id <= 0n) {
      this.#body.reject(name, 'has to be a positive whole number');
    }
    return id;
  }

  /** An amount in the body: a whole number of won. */
  amount(name: string): bigint {
    return this.#body.integer(name) ?? this.#missing(name, 0n);
  }

  /** The same, that may be written `5000.00`. */
  wholeAmount(name: string): bigint {
    return this.#body.wholeAmount(name) ?? this.#missing(name, 0n);
  }

  /** A member in the path. */
  memberInPath(name: string): string {
    return this.#memberOf(name, this.#ctx.params[name]);
  }

  /** A member in the query. */
  memberInQuery(name: string): string {
    return this.#memberOf(name, queryText(this.#ctx, name));
  }

  /** A member in the body, a text or a number. */
  member(name: string): string {
    return this.#memberOf(name, this.#body.memberId(name));
  }

  /** The queue token in the header `queue-token`. */
  tokenInHeader(): QueueToken {
    const header = this.#ctx.req.headers['queue-token'];
    return this.#token(header === undefined ? undefined : String(header), 'queue-token: …');
  }

  /** The queue token in `Authorization: Bearer`. */
  tokenInBearer(): QueueToken {
    return this.#token(bearerOf(this.#ctx.req.headers.authorization), 'Authorization: Bearer …');
  }

  /** The same, or in `?token=`. */
  tokenInBearerOrQuery(): QueueToken {
    const bearer = bearerOf(this.#ctx.req.headers.authorization);
    return this.#token(bearer ?? queryText(this.#ctx, 'token'), 'Authorization: Bearer …');
  }

  /** The queue token in the body. */
  tokenInBody(): QueueToken {
    return this.#token(this.#tokenText(), 'token');
  }

  /** The same, or in `Authorization: Bearer`. */
  tokenInBodyOrBearer(): QueueToken {
    return this.#token(this.#tokenText() ?? bearerOf(this.#ctx.req.headers.authorization), 'token');
  }

  /**
   * Ends the reading.
   *
   * @throws ServiceError REQUEST_INVALID with every field that is wrong.
   */
  done(): void {
    this.#body.done();
  }

  /** What is no text is no token. */
  #tokenText(): string | undefined {
    const { token } = this.#object;
    return typeof token === 'string' ? token : undefined;
  }

  #token(text: string | undefined, place: string): QueueToken {
    this.done();
    if (text === undefined) {
      throw refuse('TOKEN_INVALID', `this call needs a queue token: ${place}`);
    }
    return this.#tokens.given(text, this.#ctx.state.member);
  }

  #idOf(name: string, text = ''): bigint {
    const id = idPattern.test(text) ? BigInt(text) : 0n;
    if (id === 0n || id > int64Max) {
      this.#body.reject(name, 'has to be a positive whole number');
    }
    return id;
  }

  #memberOf(name: string, named = ''): string {
    if (!isMemberId(named)) {
      this.#body.reject(name, 'has to have 1 to 64 characters, and no control characters');
      return named;
    }
    return memberOf(this.#ctx, named);
  }

  /** A field that is there and wrong has been rejected already. */
  #missing<T>(name: string, instead: T): T {
    if (!this.#body.has(name)) {
      this.#body.reject(name, 'has to be given');
    }
    return instead;
  }
}

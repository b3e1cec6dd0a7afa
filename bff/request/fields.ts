import { fromJson } from '@bufbuild/protobuf';
import { TimestampSchema, type Timestamp } from '@bufbuild/protobuf/wkt';
import { refuse, type FieldViolation } from '@boxoffice/runtime/error';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

const violationsMax = 16;
const int64Max = 2n ** 63n - 1n;
const int32Max = 2n ** 31n - 1n;

/**
 * The fields of a body, each read by name and type. What is wrong with them is collected, and told by {@link done}.
 * Absent fields are undefined, fields that nobody asks for are ignored, so that a client may be newer than its server;
 * limits are left to the rules in the .proto.
 */
export class Fields {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #violations: FieldViolation[];

  constructor(object: JsonObject, path = '', violations: FieldViolation[] = []) {
    this.#object = object;
    this.#path = path;
    this.#violations = violations;
  }

  /** A whole number, written as one: no fraction, no exponent, no quotes. */
  integer(name: string): bigint | undefined {
    return this.#read(name, (value) => integer(value, int64Max));
  }

  /** A whole number that may be written with decimals, as money is: `5000.00`. */
  wholeAmount(name: string): bigint | undefined {
    return this.#read(name, (value) =>
      integer(typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value, int64Max),
    );
  }

  /** A whole number of 32 bits. */
  integer32(name: string): number | undefined {
    return this.#read(name, (value) => Number(integer(value, int32Max)));
  }

  /** A list of whole numbers. */
  integers(name: string): bigint[] {
    return this.#list(name).flatMap(
      (value, index) => this.#convert(`${name}[${index}]`, value, (item) => integer(item, int64Max)) ?? [],
    );
  }

  /** A text. */
  text(name: string): string | undefined {
    return this.#read(name, text);
  }

  /** The id of a member: a text, or a whole number for those who number theirs. */
  memberId(name: string): string | undefined {
    return this.#read(name, (value) =>
      typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? value.toString() : text(value),
    );
  }

  /** A moment, RFC 3339. */
  timestamp(name: string): Timestamp | undefined {
    return this.#read(name, timestamp);
  }

  /** An object. */
  object(name: string): Fields | undefined {
    return this.#read(name, (value) => this.#nest(name, value));
  }

  /** A list of objects. */
  objects(name: string): Fields[] {
    return this.#list(name).flatMap((value, index) => {
      const path = `${name}[${index}]`;
      return this.#convert(path, value, (item) => this.#nest(path, item)) ?? [];
    });
  }

  /** Whether a field is there, whatever it holds. */
  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  /** Says what else is wrong with a field. */
  reject(name: string, description: string): void {
    this.#violations.push({ field: this.#path + name, description });
  }

  /**
   * Ends the reading.
   *
   * @throws ServiceError REQUEST_INVALID with every field that is wrong.
   */
  done(): void {
    const violations = this.#violations.slice(0, violationsMax);
    const [first] = violations;
    if (first !== undefined) {
      throw refuse('REQUEST_INVALID', `the request is invalid: ${first.field}: ${first.description}`, { violations });
    }
  }

  #list(name: string): readonly Json[] {
    const read = this.#read(name, (value) => {
      if (!Array.isArray(value)) {
        throw new TypeError('has to be a list');
      }
      return value as readonly Json[];
    });
    return read ?? [];
  }

  #nest(name: string, value: Json): Fields {
    if (!isJsonObject(value)) {
      throw new TypeError('has to be an object');
    }
    return new Fields(value, `${this.#path}${name}.`, this.#violations);
  }

  #read<T>(name: string, convert: (value: Json) => T): T | undefined {
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
    return value === undefined ? undefined : this.#convert(name, value, convert);
  }

  #convert<T>(name: string, value: Json, convert: (value: Json) => T): T | undefined {
    try {
      return convert(value);
    } catch (error) {
      if (!(error instanceof TypeError)) {
        throw error;
      }
      this.reject(name, error.message);
      return undefined;
    }
  }
}

function integer(value: Json, max: bigint): bigint {
  if (typeof value !== 'bigint') {
    throw new TypeError('has to be a whole number');
  }
  if (value > max || value < -max) {
    throw new TypeError('is out of range');
  }
  return value;
}

function text(value: Json): string {
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw new TypeError('has to be a text');
  }
  return value;
}

function timestamp(value: Json): Timestamp {
  try {
    return fromJson(TimestampSchema, text(value));
  } catch {
    throw new TypeError('has to be a moment as in RFC 3339: 2026-12-24T20:00:00+09:00');
  }
}

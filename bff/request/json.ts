/** A JSON value as it was written: whole numbers exact as `bigint`, every other number as `number`. */
export type Json = null | boolean | string | bigint | number | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** A whole number in an answer: a `number` where that is exact, else a raw JSON number with all its digits. */
export type JsonInteger = number | { readonly rawJSON: string };

type Revive = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
interface SourceTextJson {
  parse(text: string, reviver: Revive): unknown;
  rawJSON(text: string): { readonly rawJSON: string };
}

// The source text of values and raw numbers: in the engine, not yet in TypeScript's own declarations.
const json = JSON as unknown as SourceTextJson;

// Longer than any int64, and short enough to cost nothing.
const integerPattern = /^(?:0|-?[1-9][0-9]{0,19})$/;

/**
 * Reads a JSON text. `9007199254740993` stays what it is, `1.5`, `1e3` and `1e309` become a `number`, so that a reader
 * of whole numbers can tell them.
 *
 * @throws SyntaxError when the text is no JSON, or nested too deeply.
 */
export function parseJson(text: string): Json {
  try {
    return json.parse(text, (_key, value, { source }) => {
      return typeof value === 'number' && source !== undefined && integerPattern.test(source) ? BigInt(source) : value;
    }) as Json;
  } catch (error) {
    // The engine's own limit of depth: some thousand levels.
    if (error instanceof RangeError) {
      throw new SyntaxError('it is nested too deeply', { cause: error });
    }
    throw error;
  }
}

/** A whole number for an answer: `JSON.stringify` writes every digit of it. */
export function jsonInteger(value: bigint): JsonInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : json.rawJSON(value.toString());
}

/** An amount of money with the two decimals that some write: `5000.00`. */
export function jsonDecimal(value: bigint): { readonly rawJSON: string } {
  return json.rawJSON(`${value}.00`);
}

/** Tells whether a value is a JSON object. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Document } from '../../reference/document.ts';
import type { Schema } from '../../reference/schema.ts';

/** What is asked about an answer. */
interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

type Response = Readonly<{
  headers: Readonly<Record<string, Schema>>;
  content?: Readonly<Record<string, { readonly schema: Schema }>>;
}>;

const documentedHeaders = ['location', 'idempotency-replayed', 'retry-after', 'www-authenticate'];
// Where they are documented.
const alwaysSent = ['x-request-id', 'location', 'retry-after', 'www-authenticate'];

/**
 * Holds answers against the document: status, headers and body. Objects are closed here, so that a field the document does
 * not know is found; clients are told that there may be more.
 */
export class Checker {
  readonly #document: Document;
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: Document) {
    this.#document = document;
    this.#ajv = new Ajv2020({
      strict: true,
      strictRequired: false,
      strictTypes: false,
      inlineRefs: false,
      code: { optimize: false },
    });
    addFormats.default(this.#ajv);
    this.#ajv.addVocabulary(['components', 'paths', 'openapi', 'info', 'servers', 'tags']);
    this.#ajv.addSchema(close(document) as Schema, 'document');
  }

  /** A schema of the document, by its place in it. */
  validator(...place: readonly string[]): ValidateFunction {
    const pointer = `document#/${place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    let compiled = this.#compiled.get(pointer);
    if (compiled === undefined) {
      compiled = this.#ajv.compile({ $ref: pointer });
      this.#compiled.set(pointer, compiled);
    }
    return compiled;
  }

  /** What of an answer is not as the document says; nothing, when all is well. */
  faults(method: string, path: string, { status, headers, text }: Answered): string[] {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    const responses = operation?.['responses'] as Record<string, Response> | undefined;
    const named = responses?.[status];
    // A contract of others names some of its refusals only, and says what all look like.
    const other = responses?.['default'];
    const response = named ?? (status >= 400 && other?.content?.['application/json'] !== undefined ? other : undefined);
    if (response === undefined) {
      return [`${status} is not documented`];
    }
    const known = new Set(Object.keys(response.headers).map((name) => name.toLowerCase()));
    const strangers = documentedHeaders.filter((name) => headers[name] !== undefined && !known.has(name));
    const missing = (named === undefined ? [] : alwaysSent)
      .filter((name) => known.has(name) && headers[name] === undefined)
      // Only with the reason that says so.
      .filter((name) => !(name === 'retry-after' && status === 409));
    const place = ['paths', path, method.toLowerCase(), 'responses', named === undefined ? 'default' : String(status)];
    return [
      ...strangers.map((name) => `${name} is not documented`),
      ...missing.map((name) => `${name} is missing`),
      ...this.#bodyFaults(place, response, headers, text),
    ];
  }

  #bodyFaults(place: string[], { content }: Response, headers: Answered['headers'], text: string): string[] {
    const [contentType = ''] = String(headers['content-type'] ?? '').split(';');
    if (content === undefined) {
      return text === '' ? [] : ['a body is not documented'];
    }
    if (content[contentType] === undefined) {
      return [`${contentType} is not documented`];
    }
    const validate = this.validator(...place, 'content', contentType, 'schema');
    const value: unknown = contentType.includes('json') ? JSON.parse(text) : text;
    return validate(value) ? [] : [this.#ajv.errorsText(validate.errors)];
  }
}

/** The same, with every object that says what it has closed to all else. */
function close(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(close);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const closed = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, close(inner)]));
  const isObject = closed['type'] === 'object' && closed['properties'] !== undefined;
  return isObject && closed['additionalProperties'] === undefined ? { ...closed, additionalProperties: false } : closed;
}

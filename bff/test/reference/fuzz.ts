import fc, { type Arbitrary } from 'fast-check';
import type { Document } from '../../reference/document.ts';
import type { Schema } from '../../reference/schema.ts';
import type { Sent, Web } from '../web.ts';
import { integerFor, jsonFor, textFor } from './arbitraries.ts';
import type { Checker } from './checker.ts';
import type { Credentials } from './request.ts';

/** What came of it. */
export interface FuzzReport {
  /** What was not as the document says, each with the request that shows it. */
  readonly faults: readonly string[];
  /** The calls that were made. */
  readonly calls: ReadonlySet<string>;
  /** How often each status was answered. */
  readonly statuses: ReadonlyMap<number, number>;
}

interface FuzzOptions {
  readonly web: Web;
  readonly checker: Checker;
  readonly credentials: Credentials;
  /** Ids that there are. */
  readonly ids: readonly number[];
}

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly sent: Sent;
}

const runs = Number(process.env['FUZZ_RUNS'] ?? 40);
const seed = Number(process.env['FUZZ_SEED'] ?? 20_991_224);
const atOnce = 8;
const faultsMax = 20;

// What takes the ground from under others comes last.
const last = ['cancelSchedule', 'leaveQueue', 'closeQueue'];

/**
 * Sends each call of a document so many requests (`FUZZ_RUNS`), made from its schemas: what it asks for, its limits, and what
 * it does not ask for. `FUZZ_SEED` makes others. Every answer is held against the document.
 */
export async function fuzz(document: Document, options: FuzzOptions): Promise<FuzzReport> {
  const { web, checker } = options;
  const faults: string[] = [];
  const calls = new Set<string>();
  const statuses = new Map<number, number>();
  for (const shots of shotsOf(document, options)) {
    for (let at = 0; at < shots.length && faults.length < faultsMax; at += atOnce) {
      const some = shots.slice(at, at + atOnce);
      const answers = await Promise.all(some.map(({ method, url, sent }) => web.call(method, url, sent)));
      for (const [index, { method, path, url, sent }] of some.entries()) {
        const answer = answers[index];
        if (answer !== undefined) {
          calls.add(`${method} ${path}`);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          const found = checker.faults(method, path, answer);
          const failed = answer.status >= 500 ? [`${answer.status} ${answer.text}`] : [];
          faults.push(...[...failed, ...found].map((fault) => `${method} ${url} ${JSON.stringify(sent)}: ${fault}`));
        }
      }
    }
  }
  return { faults, calls, statuses };
}

function shotsOf({ paths }: Document, options: FuzzOptions): Shot[][] {
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    // A stream does not end by itself.
    .filter(({ operation }) => operation['x-events'] === undefined)
    .sort((a, b) => lastness(a.operation) - lastness(b.operation));
  return operations.map(({ path, method, operation }) =>
    fc.sample(shotFor(method.toUpperCase(), path, operation, options), { numRuns: runs, seed }),
  );
}

function lastness({ operationId }: Schema): number {
  return last.indexOf(String(operationId));
}

function shotFor(method: string, path: string, operation: Schema, { credentials, ids }: FuzzOptions): Arbitrary<Shot> {
  const parameters = (operation['parameters'] ?? []) as { name: string; in: string; schema: Schema }[];
  const of = (place: string) =>
    fc.tuple(
      ...parameters
        .filter((parameter) => parameter.in === place)
        .map(({ name, schema }) => valueFor(schema, ids).map((value) => [name, value] as const)),
    );
  const chosen = <T>(values: Arbitrary<T[]>) =>
    values.chain((all) => fc.subarray(all, { minLength: 0, maxLength: all.length }));
  return fc
    .record({
      inPath: of('path'),
      inQuery: chosen(of('query')),
      inHeaders: chosen(of('header')),
      body: bodyFor(operation, ids),
      token: credential(credentials.queueToken),
      bearer: credential(credentials.operatorKey),
    })
    .map(({ inPath, inQuery, inHeaders, body, token, bearer }) => {
      const query = inQuery.map(([name, value]) => `${name}=${encode(value)}`).join('&');
      const url = inPath.reduce((whole, [name, value]) => whole.replace(`{${name}}`, () => segment(value)), path);
      const headers = Object.fromEntries(inHeaders.map(([name, value]) => [name.toLowerCase(), headerSafe(value)]));
      return {
        method,
        path,
        url: query === '' ? url : `${url}?${query}`,
        sent: {
          ...body,
          headers: { ...body.headers, ...headers },
          ...(token !== undefined && { token }),
          ...(bearer !== undefined && { bearer }),
        },
      };
    });
}

function valueFor(schema: Schema, ids: readonly number[]): Arbitrary<string> {
  const right = schema['type'] === 'integer' ? integerFor(schema, ids).map(String) : textFor(schema);
  return fc.oneof({ arbitrary: right, weight: 8 }, { arbitrary: textFor({}), weight: 1 });
}

function bodyFor({ requestBody }: Schema, ids: readonly number[]): Arbitrary<Pick<Sent, 'body' | 'headers'>> {
  if (requestBody === undefined) {
    return fc.constant({});
  }
  const { content } = requestBody as { content: Record<string, { schema: Schema }> };
  const json = jsonFor(content['application/json']?.schema ?? {}, ids);
  const broken = fc.tuple(json, fc.nat(20)).map(([text, length]) => text.slice(0, length));
  const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
  const types = fc.constantFrom('text/plain', 'application/json; charset=latin1', 'application/json;charset=utf-8', '');
  const encodings = fc.constantFrom('gzip', 'br', 'deflate', 'zstd', 'identity', '');
  return fc.oneof(
    { arbitrary: json.map((body) => ({ body })), weight: 12 },
    { arbitrary: broken.map((body) => ({ body })), weight: 1 },
    { arbitrary: bytes.map((body) => ({ body })), weight: 1 },
    {
      arbitrary: fc.tuple(json, types).map(([body, type]) => ({ body, headers: { 'content-type': type } })),
      weight: 1,
    },
    {
      arbitrary: fc.tuple(json, encodings).map(([body, name]) => ({ body, headers: { 'content-encoding': name } })),
      weight: 1,
    },
    { arbitrary: fc.constant({}), weight: 1 },
  );
}

function credential(right: string): Arbitrary<string | undefined> {
  return fc.oneof(
    { arbitrary: fc.constant(right), weight: 8 },
    { arbitrary: fc.constant(undefined), weight: 1 },
    { arbitrary: fc.constantFrom('x', `${right}x`, right.slice(0, -2), 'a.b.c', 'e30.e30.e30'), weight: 1 },
  );
}

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

// An empty segment, or one that a client resolves, would be another path.
function segment(value: string): string {
  return /^\.{0,2}$/.test(value) ? 'x' : encode(value);
}

function headerSafe(value: string): string {
  return value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}

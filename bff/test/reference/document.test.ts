import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Deps } from '../../deps.ts';
import { createDocument } from '../../reference/document.ts';
import { operations } from '../../reference/operations/index.ts';
import { pages } from '../../reference/pages.ts';
import { bodyOf, type Schema } from '../../reference/schema.ts';
import { allRoutes } from '../../routes/index.ts';
import { HoldSeatsRequestSchema } from '@boxoffice/proto/inventory';
import { Checker } from './checker.ts';

const document = createDocument(operations, 'open');
// What has refusals of its own is a dialect’s.
const own = operations.filter(({ refusals }) => refusals === undefined);
const calls = own.map(({ method, path }) => `${method} ${path}`);

/** What is for people: the pages, and what they load. */
const forPeople = [...Object.keys(pages), '/operator', '/assets/*path'];

/** The calls that routers answer, but for what is for people. */
function routed(): string[] {
  const options = { readiness: {}, verify: undefined } as Parameters<typeof allRoutes>[1];
  const routers = allRoutes({} as Deps, options);
  return routers
    .flatMap(({ stack }) => stack)
    .flatMap(({ methods, path }) => methods.map((method) => ({ method, path: String(path) })))
    .filter(({ method, path }) => method !== 'HEAD' && !forPeople.includes(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
}

/** Every schema of the document: those of components, parameters, bodies and answers, by place; of equal ones, one. */
function places(): string[][] {
  return [...new Map(placesIn(document, []).map((place) => [JSON.stringify(schemaAt(place)), place])).values()];
}

function schemaAt(place: readonly string[]): unknown {
  return place.reduce<unknown>((value, name) => (value as Schema)[name], document);
}

function placesIn(value: unknown, place: readonly string[]): string[][] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const isSchema = place.at(-1) === 'schema' || place.at(-2) === 'schemas';
  return isSchema ? [[...place]] : Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...place, name]));
}

test('every route is documented, and everything documented is a route', () => {
  expect([...calls].sort()).toEqual(routed().sort());
});

test('every operation has a name of its own, words, a tag and an example that works', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  for (const { path, parameters = {}, examples, rpcs, description, answers } of operations) {
    expect(Object.keys(examples)).toContain('default');
    expect(Object.keys(parameters)).toEqual(
      expect.arrayContaining([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)),
    );
    expect(rpcs.length > 0 || description !== undefined || path === '/openapi.json' || path.endsWith('z')).toBe(true);
    for (const { status } of Object.values(examples)) {
      expect(Object.keys(answers)).toContain(String(status));
    }
  }
});

describe('the document', () => {
  const checker = new Checker(document);

  test('has only schemas that hold: each compiles, and leads where there is something', () => {
    const all = places();
    expect(all.length).toBeGreaterThan(80);
    for (const place of all) {
      expect(checker.validator(...place)).toBeInstanceOf(Function);
    }
  });

  test('has bodies that its own examples satisfy', () => {
    for (const { method, path, body, examples } of operations) {
      for (const [name, example] of Object.entries(examples)) {
        const place = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
        if (body !== undefined) {
          const validate = checker.validator(...place);
          expect([path, name, validate(example.body ?? {}), validate.errors]).toEqual([path, name, true, null]);
        }
      }
    }
  });

  test('has the shape of OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    const { securitySchemes } = document.components;
    const declared = new Set((document['tags'] as { name: string }[]).map(({ name }) => name));
    for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
      const { security, tags, responses, parameters } = operation as unknown as OperationShape;
      expect(security.flatMap(Object.keys).filter((name) => securitySchemes?.[name] === undefined)).toEqual([]);
      expect(tags.filter((tag) => !declared.has(tag))).toEqual([]);
      expect(Object.keys(responses).filter((status) => !/^([1-5]\d\d|default)$/.test(status))).toEqual([]);
      const named = parameters.map(({ in: where, name }) => `${where} ${name}`);
      expect(new Set(named).size).toBe(named.length);
      expect(Object.values(responses).every(({ description }) => description !== '')).toBe(true);
    }
  });

  test('asks members for their access token where one is needed', () => {
    const guarded = createDocument(operations, 'jwt').paths['/v1/members']?.['post'];
    expect(guarded?.['security']).toEqual([{ accessToken: [] }]);
    expect(document.paths['/v1/members']?.['post']?.['security']).toEqual([]);
  });
});

test('the rules of a request are those of the contract', () => {
  const { properties, description } = bodyOf(HoldSeatsRequestSchema, ['seatIds', 'bestAvailable']) as {
    properties: Record<string, Schema>;
    description: string;
  };
  expect(properties['seatIds']).toEqual({
    type: 'array',
    description: 'These seats, at most 10, each once.',
    items: { type: 'integer', format: 'int64', minimum: 1 },
    maxItems: 10,
    uniqueItems: true,
  });
  expect(properties['bestAvailable']).toMatchObject({ type: 'integer', minimum: 0, maximum: 10 });
  expect(description).toContain('give either seatIds or bestAvailable');
});

interface OperationShape {
  readonly security: Record<string, unknown>[];
  readonly tags: string[];
  readonly responses: Record<string, { readonly description: string }>;
  readonly parameters: { readonly in: string; readonly name: string }[];
}

import type { Operation } from '../operation.ts';
import { object, ref, type Schema } from '../schema.ts';

const common = { method: 'GET', tag: 'About', caller: 'open', rpcs: [] } as const;
const cached = ['Cache-Control', 'ETag'];
const unchanged = { description: 'Unchanged since the answer with this `ETag`.', headers: cached };
const text = { type: 'string' };

/** Of the answer to `GET /readyz`. */
const readiness: Schema = object('Whether all parts of the system are there.', {
  status: { type: 'string', enum: ['ok', 'away'] },
  parts: { type: 'object', description: 'Each part, `ok` or not.', additionalProperties: text },
});

/** What is there beside the calls themselves. */
export const aboutOperations: readonly Operation[] = [
  {
    ...common,
    path: '/',
    id: 'index',
    summary: 'List the calls',
    description: 'What can be called. A browser gets a page.',
    answers: {
      200: {
        description: 'The calls.',
        schema: object('The calls.', { name: text, calls: { type: 'array', items: text } }),
        headers: cached,
      },
      304: unchanged,
    },
    examples: { default: { status: 200 } },
  },
  {
    ...common,
    path: '/openapi.json',
    id: 'getDocument',
    summary: 'Get this document',
    answers: {
      200: { description: 'OpenAPI 3.1.', schema: { type: 'object' }, headers: cached },
      304: unchanged,
    },
    examples: { default: { status: 200 } },
  },
  {
    ...common,
    path: '/healthz',
    id: 'getHealth',
    summary: 'Tell whether this process lives',
    answers: { 200: { description: 'It does.', schema: object('It does.', { status: { const: 'ok' } }) } },
    examples: { default: { status: 200 } },
  },
  {
    ...common,
    path: '/readyz',
    id: 'getReadiness',
    summary: 'Tell whether all parts are there',
    answers: {
      200: { description: 'They are.', schema: ref('Readiness') },
      503: { description: 'Some are away; it names them.', schema: ref('Readiness'), headers: ['Retry-After'] },
    },
    examples: { default: { status: 200 } },
  },
];

/** Their schemas among the components. */
export const aboutSchemas: Readonly<Record<string, Schema>> = { Readiness: readiness };

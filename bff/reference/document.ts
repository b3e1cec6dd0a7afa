import { statuses } from '../http/problem.ts';
import { requestIdPattern } from '@boxoffice/runtime/telemetry/scope';
import { answerSchemas } from './answers.ts';
import { deskSchemas } from './desk-answers.ts';
import type { Operation, OperationAnswer, Parameter } from './operation.ts';
import { tags } from './operation.ts';
import { aboutSchemas } from './operations/about.ts';
import { reasonsOf } from './reasons.ts';
import { descriptionOf } from './refusals.ts';
import { ref, type Schema } from './schema.ts';

/** An OpenAPI 3.1 document. */
export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly [kind: string]: Schema };
  readonly [field: string]: unknown;
}

const about = `A waiting room, a seat inventory and a ledger for on-sales where many people come for few seats.

The way to a seat: join the queue of a date, watch the position until it is \`ADMITTED\`, look at the seats, hold some, pay.

- Times are RFC 3339 in UTC, ids numbers, money whole won. Whole numbers are written as such: \`1000\`, not \`1e3\` or \`"1000"\`.
- A field that a call does not know is ignored; answers may get fields that are not here yet.
- A refusal is \`application/problem+json\` (RFC 9457); programs branch on its \`reason\`. Where another try makes sense there is \`Retry-After\`.
- An \`Idempotency-Key\` makes a call safe to repeat: the same key with the same body gives the same answer, for 72 hours.
- Any call may be refused for what is no part of it: 404 \`ROUTE_UNKNOWN\`, 405 \`METHOD_NOT_ALLOWED\`, 408 \`REQUEST_TOO_SLOW\`, 431 \`HEADERS_TOO_LARGE\`.

The same for programs that speak gRPC: [the services](/docs/grpc).`;

/** How members show who they are: see `AUTH_MODE`. */
export type AuthMode = 'jwt' | 'open';

const securitySchemes = {
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a member.' },
  forwardedAccessToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Forwarded-Access-Token',
    description: 'The same, as a proxy in front adds it to calls of a dialect.',
  },
  operatorKey: { type: 'http', scheme: 'bearer', description: 'The key of an operator.' },
  queueToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Queue-Token',
    description: 'The token of a ticket, as joining a queue gave it.',
  },
  queueTokenAsBearer: { type: 'http', scheme: 'bearer', description: 'The same, where a dialect wants it there.' },
};

const headers = {
  'X-Request-Id': { description: 'What the log has this request under.', schema: { type: 'string' } },
  ETag: { description: 'For `If-None-Match`.', schema: { type: 'string' } },
  'Cache-Control': { description: 'How long it may be kept.', schema: { type: 'string' } },
  Location: { description: 'Where to find it.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: '`true` when this was answered before to the same `Idempotency-Key`; absent otherwise.',
    schema: { const: 'true' },
  },
  'Retry-After': {
    description: 'Seconds until another try makes sense.',
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  'WWW-Authenticate': { description: 'What is to be shown.', schema: { type: 'string' } },
};

const headerParameters: Readonly<Record<'key' | 'requestId', readonly [string, Parameter]>> = {
  key: [
    'Idempotency-Key',
    {
      description: 'Makes it safe to repeat: the same key with the same body gives the same answer, a refusal too.',
      schema: { type: 'string', format: 'uuid' },
    },
  ],
  requestId: [
    'X-Request-Id',
    {
      description: 'An id of the caller’s own for this request, taken over where it is one.',
      schema: { type: 'string', pattern: requestIdPattern.source, maxLength: 128 },
    },
  ],
};

// What is not kept for a retry: refusals of requests that never were tried, and of who calls; and failures.
const replayedStatuses: ReadonlySet<number> = new Set([402, 404, 409, 410, 422]);

/** Makes the document of some calls, as a server answers them that runs in a mode. */
export function createDocument(operations: readonly Operation[], authMode: AuthMode): Document {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = operationOf(operation, authMode);
  }
  const used = new Set(operations.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Boxoffice',
      version: 'v1',
      description: about,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: tags.filter(({ name }) => used.has(name)),
    paths,
    components: { schemas: { ...answerSchemas, ...deskSchemas, ...aboutSchemas }, securitySchemes, headers },
  };
}

function operationOf(operation: Operation, authMode: AuthMode): Schema {
  const { id, tag, summary, description, body, events, rpcs, examples } = operation;
  const [rpc] = rpcs;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description ?? (rpc === undefined ? undefined : descriptionOf(rpc)),
    security: securityOf(operation, authMode),
    parameters: parametersOf(operation),
    ...(body !== undefined && {
      requestBody: {
        required: Array.isArray(body['required']),
        content: {
          'application/json': {
            schema: body,
            examples: Object.fromEntries(
              Object.entries(examples).flatMap(([name, { summary: title, body: value }]) =>
                value === undefined ? [] : [[name, { ...(title !== undefined && { summary: title }), value }]],
              ),
            ),
          },
        },
      },
    }),
    ...(events !== undefined && { 'x-events': eventsOf(events) }),
    responses: { ...answersOf(operation), ...refusalsOf(operation, authMode) },
  };
}

/** What has to be shown: one of these sets of credentials, all of a set. */
function securityOf({ caller, token, refusals }: Operation, authMode: AuthMode): Schema[] {
  const who = caller === 'operator' ? { operatorKey: [] } : {};
  const member =
    caller === 'member' && authMode === 'jwt'
      ? { [refusals === undefined ? 'accessToken' : 'forwardedAccessToken']: [] }
      : who;
  const withToken = { ...member, [token === 'bearer' ? 'queueTokenAsBearer' : 'queueToken']: [] };
  if (token !== undefined) {
    return token === 'optional' ? [withToken, member] : [withToken];
  }
  return Object.keys(member).length === 0 ? [] : [member];
}

function parametersOf({ path, parameters = {}, headers: own = {}, repeatable, examples }: Operation): Schema[] {
  const { parameters: example = {} } = examples['default'] ?? {};
  const sent = Object.entries(own);
  const all = [...sent, ...(repeatable === true ? [headerParameters.key] : []), headerParameters.requestId];
  const parameterOf = (
    [name, { description, schema, required = false }]: readonly [string, Parameter],
    where: string,
  ) => ({
    name,
    in: where,
    description,
    required: required || where === 'path',
    schema,
    ...(example[name] !== undefined && { example: example[name] }),
  });
  return [
    ...Object.entries(parameters).map((entry) => parameterOf(entry, path.includes(`{${entry[0]}}`) ? 'path' : 'query')),
    ...all.map((entry) => parameterOf(entry, 'header')),
  ];
}

function answersOf({ answers, repeatable }: Operation): Schema {
  const replayed = repeatable === true ? ['Idempotency-Replayed'] : [];
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, replayed)]));
}

function answerOf(
  { description, schema, contentType = 'application/json', headers = [] }: OperationAnswer,
  more: string[],
) {
  return {
    description,
    headers: headersOf([...headers, ...more]),
    ...(schema !== undefined && { content: { [contentType]: { schema } } }),
  };
}

/** What the data of events is, each kind by its name: OpenAPI has no place for them. */
function eventsOf(events: Readonly<Record<string, Schema>>): Schema {
  return Object.fromEntries(Object.entries(events).map(([name, schema]) => [name, { schema }]));
}

/** The refusals of a call: problems, or what a contract of its own has for them. */
function refusalsOf(operation: Operation, authMode: AuthMode): Schema {
  const { refusals } = operation;
  if (refusals === undefined) {
    return { ...problemsOf(operation, authMode), default: problemAnswer('Any other refusal.') };
  }
  const { schema, statuses: own } = refusals;
  const told = Object.entries(own).map(([status, description]) => {
    const headers = status === '401' ? ['WWW-Authenticate'] : [];
    return [status, answerOf({ description, schema, headers }, [])];
  });
  const other = { description: 'Any other refusal.', schema, headers: ['WWW-Authenticate', 'Retry-After'] };
  return { ...Object.fromEntries(told), default: answerOf(other, []) } as Schema;
}

/** The refusals of a call, by status, each with its reasons. */
function problemsOf(operation: Operation, authMode: AuthMode): Schema {
  const byStatus = Map.groupBy(reasonsOf(operation, authMode), (reason) => statuses[reason]);
  return Object.fromEntries(
    [...byStatus].map(([status, reasons]) => {
      const more = [
        ...(status === 401 ? ['WWW-Authenticate'] : []),
        ...(status === 429 || status === 503 || reasons.includes('REQUEST_IN_FLIGHT') ? ['Retry-After'] : []),
        ...(operation.repeatable === true && replayedStatuses.has(status) ? ['Idempotency-Replayed'] : []),
      ];
      const words = reasons.map((reason) => `\`${reason}\``).join(', ');
      return [status, problemAnswer(words, { properties: { reason: { enum: reasons } } }, more)];
    }),
  );
}

function problemAnswer(description: string, narrower?: Schema, more: string[] = []) {
  const schema = narrower === undefined ? ref('Problem') : { allOf: [ref('Problem'), narrower] };
  return { description, headers: headersOf(more), content: { 'application/problem+json': { schema } } };
}

function headersOf(names: readonly string[]): Schema {
  const refs = ['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return Object.fromEntries(refs) as Schema;
}

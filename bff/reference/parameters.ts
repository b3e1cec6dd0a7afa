import { ListConcertsRequestSchema, ListSchedulesRequestSchema } from '@boxoffice/proto/inventory';
import { GetBalanceRequestSchema } from '@boxoffice/proto/ledger';
import type { Parameter } from './operation.ts';
import { requestField, without } from './schema.ts';

/** The id in a path. */
export function id(of: string): Parameter {
  return { description: `The id of the ${of}.`, schema: { type: 'integer', format: 'int64', minimum: 1 } };
}

/** The member in a path. In the path and the query every id is a text. */
export const memberInPath: Parameter = {
  description: 'The member: 1 to 64 characters, no control characters.',
  schema: {
    ...without(requestField(GetBalanceRequestSchema.field.memberId), 'description', 'minimum', 'maximum'),
    type: 'string',
  },
};

/** The member in the query, of what may be anybody’s. */
export const memberInQuery: Parameter = {
  description: 'The member it has to belong to, where neither an access token nor a queue token says so.',
  schema: memberInPath.schema,
};

/** Page by page. */
export const page: Readonly<Record<'pageSize' | 'pageToken', Parameter>> = {
  pageSize: {
    description: 'At most so many.',
    schema: { ...without(requestField(ListConcertsRequestSchema.field.pageSize), 'description'), minimum: 1 },
  },
  pageToken: {
    description: 'The `nextPageToken` of the page before; without it, the first page.',
    schema: {
      ...without(requestField(ListConcertsRequestSchema.field.pageToken), 'description'),
      pattern: '^[\\x21-\\x7e]*$',
    },
  },
};

/** The day in the query. */
export const date: Parameter = {
  description: 'The day, `YYYY-MM-DD`.',
  schema: without(requestField(ListSchedulesRequestSchema.field.date), 'description'),
  required: true,
};

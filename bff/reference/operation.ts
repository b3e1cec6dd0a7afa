import type { DescMethod } from '@bufbuild/protobuf';
import type { Reason } from '@boxoffice/proto/reasons';
import type { WebReason } from '../http/web-error.ts';
import type { Schema } from './schema.ts';

/** Everything there is to say about a call of REST, said once: the document and its tests are made from it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its parameters in braces: `/v1/concerts/{id}`. */
  readonly path: string;
  /** Its name for programs. */
  readonly id: string;
  readonly tag: Tag;
  /** Everybody, members (who show an access token in `AUTH_MODE=jwt`), operators. */
  readonly caller: 'open' | 'member' | 'operator';
  readonly summary: string;
  /** Absent: what the contract says about the first RPC. */
  readonly description?: string;
  /** Of the path and the query, by name. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Whether it takes a queue token: in the header `Queue-Token`, or as `Authorization: Bearer`. */
  readonly token?: 'required' | 'optional' | 'bearer';
  /** Whether an `Idempotency-Key` makes it safe to repeat. */
  readonly repeatable?: boolean;
  /** Headers of its own beside those, by name. */
  readonly headers?: Readonly<Record<string, Parameter>>;
  readonly body?: Schema;
  /** The good answers, by status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** What the data of each kind of event is, where it answers with a stream of them. */
  readonly events?: Readonly<Record<string, Schema>>;
  /** How it refuses, where that is not by a problem. */
  readonly refusals?: OperationRefusals;
  /** The RPCs it stands for: what they refuse for, it does. */
  readonly rpcs: readonly DescMethod[];
  /** What it refuses for beside that. */
  readonly reasons?: readonly (Reason | WebReason)[];
  /** What its RPCs refuse for and it never does. */
  readonly never?: readonly Reason[];
  /** Requests that work, by name. */
  readonly examples: Readonly<Record<string, OperationExample>>;
}

/** What the calls are grouped by. */
export type Tag = (typeof tags)[number]['name'];

/** The groups of calls, in the order of the document. */
export const tags = [
  { name: 'Queue', description: 'A place in the line of a date: take one, watch it, give it up.' },
  { name: 'Catalogue', description: 'What is on. Open to everybody.' },
  { name: 'Seats', description: 'See the seats of a date and hold some of them: for who is admitted.' },
  { name: 'Payments', description: 'Pay for what is held, and get the money back.' },
  { name: 'Members', description: 'Members and their money.' },
  { name: 'Operators', description: 'Enter concerts and dates, steer queues. With an operator’s key.' },
  { name: 'About', description: 'Whether it is there, and what it can do.' },
  { name: 'Dialect A', description: 'The contract that wraps answers as `{"code":"SUCC","data":…}`.' },
  { name: 'Dialect C', description: 'The contract that wraps answers as `{"success":true,"data":…}`.' },
  {
    name: 'Dialect E',
    description: 'The contract that wraps answers as `{"result":"200","message":"Success","data":…}`.',
  },
] as const;

/** A parameter. Of a path it has to be given, else where `required` says so. */
export interface Parameter {
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

/** A good answer. */
export interface OperationAnswer {
  readonly description: string;
  /** Absent: there is no body. */
  readonly schema?: Schema;
  /** Absent: `application/json`. */
  readonly contentType?: string;
  /** The names of its headers beside `X-Request-Id`; see `headers` of the document. */
  readonly headers?: readonly string[];
}

/** Refusals in an envelope of a contract’s own. */
export interface OperationRefusals {
  readonly schema: Schema;
  /** What each status of its own means. */
  readonly statuses: Readonly<Record<number, string>>;
}

/** Stands for a queue token in examples. */
export const exampleToken = 'eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiI3In0.c2lnbmF0dXJl';

/** A request that works. */
export interface OperationExample {
  readonly summary?: string;
  /** Of the path, the query and headers, by name. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly body?: object;
  /** The status of its answer. */
  readonly status: number;
}
